"""What a library asks of the database that keeps its catalogue; each database has a room of its own beside this."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


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

    def fault(self) -> str | None:
        """What in the stored rows may have led a reader astray, as a sentence with what to do; none if all is well.

        Raises:
            LibraryDamagedError: They are not readable at all.
            LibraryLockedError: Another program holds the database.
        """
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
