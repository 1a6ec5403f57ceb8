"""Copies photographs, films and moments of these into a folder, under names of their own, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from captioning.errors import UnreadableVideoError
from index_data.film_times import clock
from index_data.relocation.file_move import copy_new
from index_data.relocation.names import numbered
from index_data.relocation.outcome import Outcome, reason_of
from search.errors import CopyError

if TYPE_CHECKING:
    from index_data.catalogue.records import Moment
    from search.engine.hits import Hit


def copy_photographs(paths: Sequence[bytes], folder: Path) -> Iterator[Outcome]:
    """Copies files with their times; a name that is taken by another picture gets a number.

    One that lies there already is left. The work is done as the outcomes are taken.

    Raises:
        CopyError: The folder cannot be made.
    """
    _make(folder)
    for path in paths:
        try:
            _copy(Path(os.fsdecode(path)), folder)
        except OSError as error:
            yield Outcome(path, reason_of(error))
        else:
            yield Outcome(path)


def copy_clips(hits: Iterable[Hit], folder: Path) -> Iterator[Outcome]:
    """The same with hits, of which a moment is cut out of its film, with the sound, and nothing encoded anew.

    Raises:
        CopyError: The folder cannot be made.
    """
    _make(folder)
    for hit in hits:
        source = Path(os.fsdecode(hit.paths[0]))
        try:
            if hit.moment is None:
                _copy(source, folder)
            else:
                _cut(source, hit.moment, folder)
        except UnreadableVideoError as error:
            yield Outcome(hit.paths[0], error.reason)
        except OSError as error:
            yield Outcome(hit.paths[0], reason_of(error))
        else:
            yield Outcome(hit.paths[0])


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CopyError(f"the folder {folder} cannot be made: {error.strerror}") from error


def _cut(film: Path, moment: Moment, folder: Path) -> None:
    from captioning.videos.clip import cut_clip  # PyAV, which copies of whole files need not

    film.stat()  # says in the system's words that it is gone
    # No file of Windows may have a colon in its name.
    times = f"{clock(moment.start)}-{clock(moment.end)}".replace(":", ".")
    name = f"{film.stem} {times}{film.suffix}"
    with TemporaryDirectory() as place:
        cut_clip(film, Path(place) / name, start=moment.start, end=moment.end)
        _copy(Path(place) / name, folder)


def _copy(source: Path, folder: Path) -> None:
    targets = (folder / name for name in numbered(source.name))
    target = next(path for path in targets if not os.path.lexists(path) or _same(source, path))
    if not os.path.lexists(target):
        copy_new(source, target)


def _same(file: Path, other: Path) -> bool:
    alike = other.is_file() and file.stat().st_size == other.stat().st_size
    return alike and file.read_bytes() == other.read_bytes()
