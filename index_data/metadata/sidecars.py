"""Finds the XMP files that lie beside photographs, however their names are spelt."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from time import time_ns

_ENDING = ".xmp"

_SETTLED_NS = 2_000_000_000
"""A folder that changed longer ago than this shows that by its time when it changes again."""

_LARGEST_FOLDER = 200_000
"""Names that are looked at."""


def is_sidecar(path: bytes) -> bool:
    """Whether a path is that of a sidecar."""
    return path.lower().endswith(os.fsencode(_ENDING))


def present_sidecars(path: bytes) -> list[Path]:
    """The sidecars of a photograph that are there: those named after the whole of its name before those after its stem.

    ``photo.jpg.xmp`` and ``photo.xmp``, in capitals or not.
    """
    file = Path(os.fsdecode(path))
    names = _sidecar_names(file.parent)
    files: list[Path] = []
    for spelling in (f"{file.name}{_ENDING}", f"{file.stem}{_ENDING}"):
        spellings = names.get(spelling.lower(), ())
        # Where there is more than one, that which is spelt as the photograph is its own.
        own = next((name for name in spellings if name[: -len(_ENDING)] == spelling[: -len(_ENDING)]), None)
        files += [file.parent / (own or name) for name in spellings[:1]]
    return list(dict.fromkeys(files))


def _sidecar_names(folder: Path) -> dict[str, tuple[str, ...]]:
    try:
        changed = folder.stat().st_mtime_ns
        if time_ns() - changed < _SETTLED_NS:
            return _listed(folder)
        return _listed_before(folder, changed)
    except OSError:
        return {}


@lru_cache(maxsize=32)
def _listed_before(folder: Path, changed: int) -> dict[str, tuple[str, ...]]:
    return _listed(folder)


def _listed(folder: Path) -> dict[str, tuple[str, ...]]:
    """The sidecars in a folder, by their names in lower case."""
    names: dict[str, tuple[str, ...]] = {}
    with os.scandir(folder) as entries:
        for _, entry in zip(range(_LARGEST_FOLDER), entries, strict=False):
            if entry.name[-len(_ENDING) :].lower() == _ENDING:
                key = entry.name.lower()
                names[key] = tuple(sorted((*names.get(key, ()), entry.name)))
    return names
