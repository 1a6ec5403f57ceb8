"""Moves photographs to a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.annotation_records import FileChanged
from index_data.errors import FolderError
from index_data.library import Library
from index_data.relocation.file_move import check_movable, put_also
from index_data.relocation.names import companions, free_names
from index_data.relocation.outcome import Outcome, reason_of
from index_data.relocation.whole_files import whole_files

KIND = "move"
"""What the journal calls it."""


def move_photographs(library: Library, photographs: Sequence[tuple[int, bytes]], folder: Path) -> Iterator[Outcome]:
    """Moves files with their sidecars; rows of the library keep captions, tags and history, and follow.

    A name that is taken gets a number. A sidecar that another file may own as well stays, and a copy goes along. Links
    stay. The work is done as the outcomes are taken, and whoever stops taking them ends it between two photographs.
    All of it is one action of the journal.

    Args:
        library: Open.
        photographs: The number of each, and which of its places is moved; of a moment its film's.
        folder: Made where it is missing.

    Raises:
        FolderError: The folder cannot be made.
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder.resolve()
    except (OSError, RuntimeError) as error:
        raise FolderError(f"the folder {folder} cannot be made: {getattr(error, 'strerror', error)}") from error
    move = _Move(library, target)
    for image, path in whole_files(library, photographs):
        try:
            move.carry(image, path)
        except (OSError, UnicodeError) as error:
            yield Outcome(path, reason_of(error))
        else:
            yield Outcome(path)


class _Move:
    """One action of the journal, which begins with its first file."""

    def __init__(self, library: Library, folder: Path) -> None:
        self._library, self._folder = library, folder
        self._action: int | None = None

    def carry(self, image: int, path: bytes) -> None:
        """Moves one photograph.

        Raises:
            OSError: It could not be, and lies where it was; or it lies in both places.
        """
        source = Path(os.fsdecode(path))
        before = check_movable(source)
        if source.parent.resolve() == self._folder:
            return
        if self._library.read(catalogue.images_at, [path]).get(path) != image:
            raise FileNotFoundError(0, "the library does not know it there any more", str(source))
        sidecars = companions(source)
        target, beside = free_names(self._folder, source, sidecars)
        pairs = [(source, target), *((sidecar.file, to) for sidecar, to in zip(sidecars, beside, strict=True))]
        made: list[Path] = []
        try:
            for file, to in pairs:
                put_also(file, to)
                made.append(to)
            own = [pairs[0], *(pair for sidecar, pair in zip(sidecars, pairs[1:], strict=True) if not sidecar.shared)]
            times = before.st_mtime_ns % 2**63, target.stat().st_mtime_ns % 2**63
            self._note(image, own, times)
        except BaseException:
            for to in made:
                with suppress(OSError):
                    to.unlink()
            raise
        # Only now: until here the file that the library knew lay where it knew it.
        for file, to in own:
            try:
                file.unlink()
            except OSError as error:
                where = f"it lies at {to} now, and could not be taken from where it lay"
                raise OSError(0, f"{where}: {error.strerror}") from error

    def _note(self, image: int, pairs: Sequence[tuple[Path, Path]], times: tuple[int, int]) -> None:
        (path, target), *_ = [(os.fsencode(source), os.fsencode(to)) for source, to in pairs]
        with self._library.transaction(write=True) as session:
            if self._action is None:
                self._action = catalogue.begin_file_action(session, KIND)
            for source, to in pairs:
                change = FileChanged(image, os.fsencode(source), os.fsencode(to))
                catalogue.note_file_change(session, self._action, change)
            catalogue.move_place(session, path, target, mtime_ns=times)
