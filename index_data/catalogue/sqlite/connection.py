"""Connections to a catalogue: SQLite with write-ahead log, foreign keys and explicit transactions.

What a power cut leaves: every batch that a scan stored and everything that a person said is on the disk (fsync of the
log) before the program says so; so are backups, file and folder. Indexes are flushed before they replace a former file,
and made anew if one is lost all the same. Nothing that is half written is ever taken for whole.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from index_data.catalogue.search_words import folded
from index_data.errors import LibraryDamagedError, LibraryError, LibraryLockedError, LibraryNotWritableError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30
"""How long a statement waits for another process's write to end."""

CACHE = 32_000
"""Thousands of bytes of the catalogue that a connection keeps at most: as large are the inner pages of the tables of a
million photographs. To read four hundred of their vectors takes half as long by it as by SQLite's own two million."""

T = TypeVar("T", bound=sqlite3.Connection)

_NOT_WRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""SQLITE_ERROR among them is a missing table or column: the file is not what its revision says."""


def connect(catalogue: Path, *, foreign_keys: bool = True) -> Engine:
    """Opens a catalogue file for SQLAlchemy, which is made when it is missing.

    A transaction on an engine with the execution option `immediate` takes the write lock when it begins and is on the
    disk when it ends. Of others the last may be gone after a power cut; the database is whole even then.

    Args:
        catalogue: The SQLite file.
        foreign_keys: Off only for migrations, which rebuild parent tables.
    """
    # Here, since SQLAlchemy takes longer to load than a question to answer.
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import QueuePool

    # Kept open between transactions: SQLite folds the log into the database whenever the last connection closes.
    opener = opener_of(catalogue, sqlite3.Connection, foreign_keys=foreign_keys)
    engine = create_engine("sqlite://", creator=opener, poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        for statement in beginning(immediate=connection.get_execution_options().get("immediate", False)):
            connection.exec_driver_sql(statement)

    return engine


def beginning(*, immediate: bool) -> tuple[str, str]:
    """The statements with which a transaction begins; see `connect`."""
    if immediate:
        return "PRAGMA synchronous = FULL", "BEGIN IMMEDIATE"
    return "PRAGMA synchronous = NORMAL", "BEGIN"


def opener_of(catalogue: Path, kind: type[T], *, foreign_keys: bool = True) -> Callable[[], T]:
    """What opens connections of a kind to a catalogue file.

    Args:
        catalogue: The SQLite file; it is made when it is missing, and never again when it has gone.
        kind: `sqlite3.Connection`, or a subclass of it.
        foreign_keys: Off only for migrations.
    """
    writable = os.access(catalogue.parent, os.W_OK)
    existed = _size(catalogue) > 0

    def open_connection() -> T:
        nonlocal existed
        if existed and not _size(catalogue):
            # SQLite would make a new one.
            raise LibraryDamagedError(f"{catalogue} is gone, or empty; try: imgsearch restore BACKUP")
        connection = _opened(catalogue, kind, writable=writable)
        existed = existed or _size(catalogue) > 0
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.create_function("folded", 1, _folded, deterministic=True)
        return connection

    return open_connection


def _opened(catalogue: Path, kind: type[T], *, writable: bool) -> T:
    # No isolation level: transactions are begun by hand, so that changes of the schema roll back too.
    if writable:
        connection = sqlite3.connect(
            catalogue, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=kind
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            sqlite3.Connection.close(connection)
            # On a full disk no log file can be made. Where there is none, all that was said is in the file itself.
            if not takes_no_log(error) or _size(catalogue.with_name(f"{catalogue.name}-wal")):
                raise
        else:
            return connection
    # Where no log file may be made, nobody writes either, so the file can be read as it lies.
    address = read_only(catalogue, immutable=True)
    return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, factory=kind)


def takes_no_log(error: sqlite3.OperationalError) -> bool:
    """Whether SQLite could not make the log files without which it opens no catalogue to read and write."""
    full = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
    return (error.sqlite_errorcode & 0xFF) in full


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _folded(text: bytes | None) -> str | None:
    # Bytes, since not every path is UTF-8.
    return None if text is None else folded(text.decode("utf-8", "replace"))


def read_only(catalogue: Path, *, immutable: bool = False) -> str:
    """The address under which SQLite only reads a file; `immutable` where it may not even make its log files."""
    return f"{catalogue.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"


def as_it_lies(catalogue: Path) -> str:
    """The address under which SQLite only reads a file, be its folder writable or on a medium that is not."""
    return read_only(catalogue, immutable=not os.access(catalogue.absolute().parent, os.W_OK))


@contextmanager
def explained(catalogue: Path) -> Iterator[None]:
    """Turns what SQLite says inside the block into the errors of this package, by its error codes.

    Raises:
        LibraryNotWritableError: The disk is full, or the folder takes no changes.
        LibraryLockedError: Another process held the catalogue for longer than `BUSY_SECONDS`.
        LibraryDamagedError: The file is no database, or not a whole one.
    """
    try:
        yield
    except MemoryError as error:  # a damaged table may name any size
        raise LibraryDamagedError(f"{catalogue} asks for more memory than there is; try: imgsearch doctor") from error
    except Exception as error:
        # SQLAlchemy wraps the error of SQLite that it met.
        cause = getattr(error, "orig", error)
        explanation = _explanation(catalogue, cause) if isinstance(cause, sqlite3.Error) else None
        if explanation is None:
            raise
        raise explanation from error


def _explanation(catalogue: Path, error: sqlite3.Error) -> LibraryError | None:
    # The low byte tells the kind; what is above tells details.
    details = getattr(error, "sqlite_errorcode", None) or 0
    code = details & 0xFF
    if details == sqlite3.SQLITE_IOERR_SHORT_READ:
        return LibraryDamagedError(f"{catalogue} is shorter than it was; try: imgsearch restore BACKUP")
    if not code and isinstance(error, sqlite3.OperationalError):  # Python's own, of text that is not UTF-8
        return LibraryDamagedError(f"{catalogue} holds what is no text ({error}); try: imgsearch restore BACKUP")
    if code in _NOT_WRITABLE:
        return LibraryNotWritableError(
            f"the library {catalogue.parent} could not be written ({error}); make room or check the folder"
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        return LibraryNotWritableError(f"{catalogue} could not be opened; check who may read and write it")
    if code in _LOCKED:
        return LibraryLockedError(
            f"another program holds the library {catalogue.parent} ({error}); try again when it has finished"
        )
    if code in _DAMAGED:
        return LibraryDamagedError(f"{catalogue} is not a readable catalogue: {error}")
    return None
