"""Names that are free in a folder, for a photograph and the sidecars that go with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from index_data.metadata.sidecars import is_sidecar, present_sidecars


@dataclass(frozen=True, slots=True)
class Companion:
    """A sidecar of a photograph.

    Attributes:
        file: It.
        shared: Whether another file may own it as well: `a.xmp` beside `a.jpg` and `a.cr3`.
    """

    file: Path
    shared: bool


def companions(photograph: Path) -> list[Companion]:
    """The sidecars of a photograph that are there; links are none."""
    files = [file for file in present_sidecars(os.fsencode(photograph)) if not file.is_symlink()]
    return [Companion(file, shared=_is_shared(file, photograph)) for file in files]


def _is_shared(sidecar: Path, photograph: Path) -> bool:
    if _names_whole(sidecar, photograph):
        return False
    with os.scandir(photograph.parent) as entries:
        return any(
            other.stem.lower() == photograph.stem.lower()
            for other in (Path(entry.name) for entry in entries)
            if other.name != photograph.name and not is_sidecar(os.fsencode(other))
        )


def _names_whole(sidecar: Path, photograph: Path) -> bool:
    return sidecar.stem.lower() == photograph.name.lower()


def numbered(name: str) -> Iterator[str]:
    """A name, and others for where it is taken: `a.jpg`, `a-2.jpg`, `a-3.jpg`."""
    path = Path(name)
    yield name
    yield from (f"{path.stem}-{number}{path.suffix}" for number in count(2))


def free_names(folder: Path, photograph: Path, sidecars: Sequence[Companion]) -> tuple[Path, list[Path]]:
    """Where a photograph and its sidecars may lie in a folder, so that each takes nothing's place."""
    for name in numbered(photograph.name):
        target = folder / name
        beside = [
            folder / f"{name if _names_whole(sidecar.file, photograph) else target.stem}{sidecar.file.suffix}"
            for sidecar in sidecars
        ]
        if not any(os.path.lexists(path) for path in (target, *beside)):
            return target, beside
    raise AssertionError("numbers do not end")
