"""What a library asks of the database that keeps its catalogue; each database has a room of its own beside this."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from index_data.catalogue.merged import Merged


class ChangeWatch(Protocol):
    """Tells that somebody changed a catalogue, cheaply, from any thread."""

    def changed(self) -> bool:
        """Whether anything was committed since this was last asked, or since the watch began."""
        ...

    def close(self) -> None:
        """Lets go of the catalogue; whoever asks afterwards sees no change."""
        ...


class Care(Protocol):
    """Proves that a database is whole, and makes again what can be made again; the doctor asks."""

    def damage(self) -> list[str]:
        """What is damaged beyond repair; a sentence each."""
        ...

    def missing_views(self) -> bool:
        """Whether what tells where everything lies is missing."""
        ...

    def make_views(self) -> None:
        """Makes it again."""
        ...

    def untrue_words(self) -> list[str]:
        """The parts of the full-text index that are damaged, missing, or not true."""
        ...

    def make_words(self) -> None:
        """Makes these parts again."""
        ...

    def missing_triggers(self) -> list[str]:
        """The names of the triggers that note which photographs were touched, and are missing."""
        ...

    def make_triggers(self) -> None:
        """Makes them again; another history of the catalogue begins."""
        ...


class KeptFiles(Protocol):
    """The files of models that a library keeps, each by its path in the library's folder on this computer."""

    def names(self, folder: Path) -> list[str]:
        """The names of the files that are kept in a folder, in order."""
        ...

    def bring(self, *files: Path) -> None:
        """Has files lie on this computer as they are kept; one that is not kept stays as it is here.

        Raises:
            LibraryNotWritableError: The disk of this computer is full, or the folder takes no files.
        """
        ...

    def keep(self, *files: Path) -> None:
        """Keeps files as they lie on this computer.

        Raises:
            OSError: One of them cannot be read.
            LibraryNotWritableError: The library may not be changed.
        """
        ...

    def drop(self, *files: Path) -> None:
        """Keeps files no longer, here neither; those that are not there are passed over.

        Raises:
            OSError: One of them cannot be removed here.
            LibraryNotWritableError: The library may not be changed.
        """
        ...


class Database(Protocol):
    """A catalogue that is open and of this version's schema; every method may be called from any thread."""

    def transaction(self, *, write: bool = False) -> AbstractContextManager[Session]:
        """A session that sees one moment, and whose changes are stored together when the block ends, or not at all.

        It also has the method that `statements.run` calls.

        Args:
            write: Keep other writers out from the start, so that what is read still holds when it is changed.

        Raises:
            LibraryNotWritableError: The database takes no changes.
            LibraryLockedError: Another program holds it for too long.
            LibraryDamagedError: It is no longer readable.
        """
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Holds the lock of the one writer; it ends with the process, however that ends.

        Raises:
            LibraryLockedError: Another process holds it.
            LibraryNotWritableError: Nobody may write here, or take locks.
        """
        ...

    def learning(self) -> AbstractContextManager[None]:
        """Holds the lock of the one process that learns a model; it ends with the process.

        Raises:
            LibraryLockedError: Another process holds it.
            LibraryNotWritableError: Nobody may write here, or take locks.
        """
        ...

    def fault(self) -> str | None:
        """What in the stored rows may have led a reader astray, as a sentence with what to do; none if all is well.

        Raises:
            LibraryDamagedError: They are not readable at all.
            LibraryLockedError: Another program holds the database.
        """
        ...

    def back_up(self, target: Path) -> None:
        """Writes all that the catalogue holds into one file, a catalogue of SQLite; a former file is then replaced.

        Raises:
            LibraryNotWritableError: The file cannot be written; a former one stays.
            LibraryDamagedError: The catalogue is damaged; a former file stays.
        """
        ...

    def keep_copy(self, occasion: str) -> Path:
        """The same, into the library's folder of backups, named by the occasion and the time."""
        ...

    def replace_content(self, backup: Path) -> int:
        """Gives the catalogue the content of such a file, under the feet of whoever has it open.

        Returns:
            How many foreign texts were cleaned on the way, so that their captions have no vectors.
        """
        ...

    def clean_words(self) -> int:
        """Makes words that came from elsewhere what they would be if they had been typed; says how many were not."""
        ...

    def take_in(self, other: Path) -> Merged:
        """Takes in what another catalogue holds, a file of SQLite of this version's schema, or nothing of it."""
        ...

    def change_watch(self) -> ChangeWatch:
        """What tells that somebody, here or in another process, changed the catalogue."""
        ...

    @property
    def care(self) -> Care:
        """What the database can prove and mend of itself."""
        ...

    @property
    def files(self) -> KeptFiles:
        """The files of models."""
        ...

    def sizes(self) -> dict[str, int]:
        """Bytes that it takes, but for files in the library's folder, by the names of its parts."""
        ...

    def compact(self) -> None:
        """Gives the space of what was forgotten back.

        Raises:
            LibraryNotWritableError: The database takes no changes, or the disk is full.
            LibraryLockedError: Another program holds it.
        """
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...
