"""Moves photographs to the desktop's trash."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.annotation_records import FileChanged
from index_data.file_stamp import file_stamp
from index_data.library import Library
from index_data.relocation.file_move import check_movable
from index_data.relocation.names import companions
from index_data.relocation.outcome import Outcome, reason_of
from index_data.relocation.whole_files import whole_files

KIND = "trash"
"""What the journal calls it."""


def trash_photographs(library: Library, photographs: Sequence[tuple[int, bytes]]) -> Iterator[Outcome]:
    """Moves files with their own sidecars to the trash; the library keeps what was said for when they come back.

    Links stay, and so does a file that has changed since it was indexed: it is not the one that a person was shown.
    The work is done as the outcomes are taken, and whoever stops taking them ends it between two photographs. All of
    it is one action of the journal.

    Args:
        library: Open.
        photographs: The number of each, and which of its places is moved; of a moment its film's.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
    """
    trash = Trash(library)
    for image, path in whole_files(library, photographs):
        yield trash.outcome(image, path)


class Trash:
    """One action of the journal, which begins with its first file."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._action: int | None = None

    def outcome(self, image: int, path: bytes) -> Outcome:
        """Moves one photograph, and says what came of it.

        Raises:
            LibraryLockedError: Another program holds the catalogue.
            LibraryNotWritableError: The disk is full, or the library may not be changed.
        """
        try:
            self._take(image, path)
        except (OSError, UnicodeError) as error:
            return Outcome(path, reason_of(error))
        return Outcome(path)

    def _take(self, image: int, path: bytes) -> None:
        """Moves one photograph.

        Raises:
            OSError: It could not be, and lies where it was; or a sidecar of it could not be, and lies there alone.
        """
        source = Path(os.fsdecode(path))
        size, mtime_ns = file_stamp(check_movable(source))
        with self._library.transaction() as session:
            known = catalogue.image_of_file(session, path, byte_size=size, mtime_ns=mtime_ns)
        if known != image:
            raise FileNotFoundError(0, "it has changed since it was indexed", str(source))
        sidecars = [sidecar.file for sidecar in companions(source) if not sidecar.shared]
        # Who is killed between two steps finds the file where it lay or in the trash, and so does undoing.
        self._send(image, source)
        with self._library.transaction(write=True) as session:
            catalogue.remove_places(session, [path])
            catalogue.advance_vector_generation(session)
        for sidecar in sidecars:
            self._send(image, sidecar)

    def _send(self, image: int, file: Path) -> None:
        from send2trash import send2trash

        was = os.fsencode(file)
        with self._library.transaction(write=True) as session:
            if self._action is None:
                self._action = catalogue.begin_file_action(session, KIND)
            catalogue.note_file_change(session, self._action, FileChanged(image, was, None))
        try:
            send2trash(os.fspath(file))
        except BaseException:
            with self._library.transaction(write=True) as session:
                if not catalogue.forget_file_change(session, self._action, was):
                    self._action = None
            raise
