"""Proves that catalogue, vectors and files agree, and mends what can be made again.

Nothing that a person wrote is ever removed by a repair.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import delete, exists, func, select

from index_data import catalogue, schema
from index_data.backups import prove
from index_data.errors import LibraryDamagedError
from index_data.library import VECTORS, Library

NORM_TOLERANCE = 1e-3
"""How far the length of a stored vector may be from 1; half precision and rounding stay well below."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: What should hold.
        faults: A sentence each; empty where it holds.
        remedy: What to do about faults that are still there.
        mended: Whether the faults were repaired.
    """

    check: str
    faults: tuple[str, ...] = ()
    remedy: str = ""
    mended: bool = False

    @property
    def healthy(self) -> bool:
        """Whether nothing is left to do."""
        return self.mended or not self.faults


@dataclass(frozen=True, slots=True)
class _Check:
    holds: str
    find: Callable[[Library], list[str]]
    remedy: str
    mend: Callable[[Library], None] | None = None


def examine(library: Library, *, fix: bool = False) -> Iterator[Finding]:
    """Runs every check, and tells what each found as it ends.

    Args:
        library: Open.
        fix: Mend what can be mended.

    Raises:
        LibraryLockedError: Something is to be mended, and another process is writing.
        LibraryNotWritableError: Something is to be mended, and the library may not be changed.
    """
    with library.writing() if fix else nullcontext():
        for check in _CHECKS:
            faults = tuple(check.find(library))
            mended = False
            if faults and fix and check.mend:
                check.mend(library)
                mended = not check.find(library)
            yield Finding(check.holds, faults, check.remedy, mended)
            if faults and check.find is _damage:
                return


def _damage(library: Library) -> list[str]:
    try:
        prove(library.paths.catalogue)
    except LibraryDamagedError as error:
        return [str(error)]
    return []


def _open_to_others(library: Library) -> list[str]:
    return [f"{path} can be read by others" for path in _readable_by_others(library)]


def _readable_by_others(library: Library) -> list[Path]:
    if os.name == "nt":
        return []
    folder = library.paths.folder
    return [path for path in [folder, *sorted(folder.rglob("*"))] if path.lstat().st_mode & 0o077]


def _close_to_others(library: Library) -> None:
    for path in _readable_by_others(library):
        path.chmod(stat.S_IMODE(path.lstat().st_mode) & 0o700)


def _strays(library: Library) -> list[str]:
    return [f"{path} belongs to nothing" for path in library.stray_files()]


def _bad_vectors(library: Library) -> list[str]:
    return [
        f"{len(bad):,} vectors of {name}s are not of unit length and {dimension} numbers (model {key})"
        for name, key, dimension, bad in _unfit_vectors(library)
    ]


def _unfit_vectors(library: Library) -> Iterator[tuple[str, str, int, list[int]]]:
    """Yields kind, model, D and owners of the vectors that no index may hold."""
    with library.transaction() as session:
        for model in session.scalars(select(schema.Model)).all():
            for name, table, owner in (
                ("image", schema.ImageVector, schema.ImageVector.image_id),
                ("caption", schema.CaptionVector, schema.CaptionVector.caption_id),
            ):
                rows = session.connection().execute(select(owner, table.vector).where(table.model_id == model.id))
                bad = [key for key, vector in rows if not _is_unit(vector, model.dimension)]
                if bad:
                    yield name, model.key, model.dimension, bad


def _is_unit(vector: bytes, dimension: int) -> bool:
    if len(vector) != 4 * dimension:
        return False
    numbers = np.frombuffer(vector, "<f4")
    return bool(abs(float(numbers @ numbers) - 1) < NORM_TOLERANCE)  # false for NaN too


def _drop_bad_vectors(library: Library) -> None:
    for name, key, _, bad in list(_unfit_vectors(library)):
        table = schema.ImageVector if name == "image" else schema.CaptionVector
        owner = schema.ImageVector.image_id if name == "image" else schema.CaptionVector.caption_id
        with library.transaction() as session:
            model = select(schema.Model.id).where(schema.Model.key == key).scalar_subquery()
            for some in catalogue.chunks(bad):
                session.execute(delete(table).where(owner.in_(some), table.model_id == model))
                if name == "image":
                    _forget_description(session_execute=session.execute, images=some, model=model)
            catalogue.bump(session, VECTORS)


def _undescribed(library: Library) -> list[str]:
    with library.transaction() as session:
        seen = exists().where(schema.Place.image_id == schema.Image.id)
        vector = exists().where(schema.ImageVector.image_id == schema.Image.id)
        count = session.scalar(select(func.count()).select_from(schema.Image).where(seen, ~vector))
    return [f"{count:,} images wait to be described"] if count else []
