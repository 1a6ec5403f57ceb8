"""A catalogue in a file of SQLite, in the library's folder: opened, made, brought up to date, locked and read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index_data.catalogue import migrate
from index_data.catalogue.counters import VECTORS, vector_generation
from index_data.catalogue.sqlite.connection import explained
from index_data.catalogue.sqlite.revision import current_revision
from index_data.catalogue.sqlite.session import Connections
from index_data.errors import LibraryDamagedError, LibraryLockedError, LibraryMissingError, LibraryNotWritableError
from index_data.file_lock import take_lock
from index_data.locations import LibraryPaths

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from index_data.catalogue.database import Care, ChangeWatch, KeptFiles
    from index_data.catalogue.merged import Merged


class SqliteDatabase:
    """Implements `database.Database`; opened by `SqliteDatabase.open`."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.paths = paths
        self._connections = Connections(paths.catalogue)

    @classmethod
    def open(cls, paths: LibraryPaths, *, create: bool) -> Self:
        """Opens the catalogue of a library, and brings an older schema up to date after a backup.

        Args:
            paths: Of the library.
            create: Make it if there is none.

        Raises:
            LibraryMissingError: There is none, and `create` is not set.
            LibraryTooNewError: It was written by a newer version.
            LibraryDamagedError: It is no database of this program.
            LibraryNotWritableError: It cannot be read, made, or brought up to date.
            LibraryLockedError: It must be made or brought up to date, and another process is writing.
        """
        _refuse_links(paths)
        if not _exists(paths):
            if not create:
                raise LibraryMissingError(
                    f"there is no library in {paths.folder}; make one with: imgsearch index FOLDER"
                )
            _make_folder(paths)
        revision = current_revision(paths.catalogue) if paths.catalogue.is_file() else None
        if revision != migrate.HEAD:
            migrate.refuse_newer(paths.catalogue, revision)
            if not os.access(paths.folder, os.W_OK):
                raise LibraryNotWritableError(
                    f"{paths.folder} is not writable, so the library cannot be brought up to date"
                )
            with cls(paths).writing():
                # Another process may have done it while this one waited for the lock.
                revision = current_revision(paths.catalogue) if paths.catalogue.is_file() else None
                if revision != migrate.HEAD:
                    migrate.upgrade(paths, revision=revision)
        return cls(paths)

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Session]:
        """A session whose changes are stored together when the block ends; see `database.Database`."""
        with explained(self.paths.catalogue), self._connections.transaction(immediate=write) as session:
            yield session

    def writing(self) -> AbstractContextManager[None]:
        """Holds the lock of the one writer, a file; see `database.Database`."""
        return self._locked(self.paths.lock, "writing to the library")

    def learning(self) -> AbstractContextManager[None]:
        """Holds the lock of the one process that learns, a file beside what is learnt; see `database.Database`."""
        return self._locked(self.paths.learnt / "learning.lock", "learning in")

    @contextmanager
    def _locked(self, file: Path, doing: str) -> Iterator[None]:
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError as error:
            raise LibraryNotWritableError(f"{file.parent} is not writable: {error.strerror}") from error
        try:
            try:
                free = take_lock(handle)
            except OSError as error:
                raise LibraryNotWritableError(f"{file.parent} cannot be locked: {error.strerror}") from error
            if not free:
                raise LibraryLockedError(
                    f"another imgsearch is {doing} {self.paths.folder}; try again when it has finished"
                )
            yield
        finally:
            os.close(handle)

    def fault(self) -> str | None:
        """What in the cells may have led a reader astray: SQLite keeps anything anywhere."""
        from index_data.catalogue.sqlite.cells import fault_of

        return fault_of(self.paths.catalogue) if self.paths.catalogue.is_file() else None

    def back_up(self, target: Path) -> None:
        """Copies the catalogue into one file and proves the copy; see `database.Database`."""
        from index_data.catalogue.sqlite.backup import back_up

        back_up(self.paths.catalogue, target)

    def keep_copy(self, occasion: str) -> Path:
        """Copies the catalogue into the library's folder of backups."""
        from index_data.catalogue.sqlite.backup import keep_copy

        return keep_copy(self.paths, occasion)

    def replace_content(self, backup: Path) -> int:
        """Overwrites the catalogue page by page; what it holds then is of the backup's revision."""
        from index_data.catalogue.sqlite.backup import replace_content

        with self.transaction() as session:
            generation = vector_generation(session)
        # Later than any index that a process which is reading now may still write.
        replace_content(self.paths.catalogue, backup, counter=VECTORS, least=generation + 1)
        return 0

    def clean_words(self) -> int:
        """Makes words that came from elsewhere what they would be if they had been typed."""
        from index_data.catalogue.sqlite.foreign_words import clean_words

        return clean_words(self.paths.catalogue)

    def take_in(self, other: Path) -> Merged:
        """Takes in what another catalogue holds, in one transaction over both files."""
        from index_data.catalogue.sqlite.merge import take_in

        return take_in(self.paths.catalogue, other)

    def change_watch(self) -> ChangeWatch:
        """What tells that somebody changed the catalogue."""
        from index_data.catalogue.sqlite.change_watch import ChangeWatch

        return ChangeWatch(self.paths)

    @property
    def care(self) -> Care:
        """What SQLite can prove and mend."""
        from index_data.catalogue.sqlite.care import SqliteCare

        return SqliteCare(self.paths)

    @property
    def files(self) -> KeptFiles:
        """The files of models, in the library's folder."""
        from index_data.catalogue.sqlite.kept_files import FolderFiles

        return FolderFiles()

    def sizes(self) -> dict[str, int]:
        """Nothing: the catalogue is a file in the library's folder."""
        return {}

    def compact(self) -> None:
        """Gives the space of what was forgotten back to the disk: SQLite writes the catalogue anew beside itself."""
        from index_data.catalogue.sqlite.backup import compact

        with explained(self.paths.catalogue), self._connections.borrowed() as connection:
            compact(connection)

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()


def _refuse_links(paths: LibraryPaths) -> None:
    """A library that came from elsewhere must not lead SQLite to files outside it.

    Raises:
        LibraryDamagedError: The catalogue, or a log of it, is a link.
    """
    for ending in ("", "-wal", "-shm", "-journal"):
        file = paths.catalogue.with_name(f"{paths.catalogue.name}{ending}")
        if file.is_symlink():
            raise LibraryDamagedError(f"{file} is a link; put the file itself there: a library lies in its own folder")


def _exists(paths: LibraryPaths) -> bool:
    try:
        return paths.catalogue.is_file()
    except OSError as error:
        raise LibraryNotWritableError(f"the library {paths.folder} may not be read: {error.strerror}") from error


def _make_folder(paths: LibraryPaths) -> None:
    try:
        paths.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryNotWritableError(f"the library {paths.folder} cannot be made: {error.strerror}") from error
