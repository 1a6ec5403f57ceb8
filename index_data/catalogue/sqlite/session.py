"""Transactions on a catalogue: SQLite's own statements at once, and SQLAlchemy's once somebody asks for one.

What every question asks runs on SQLite's connection itself: a statement takes some ten microseconds there, and ten to
thirty times as many through SQLAlchemy, which takes longer to load than a question to answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from index_data.catalogue.sqlite.connection import beginning, opener_of
from index_data.catalogue.statements import Parameters

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

KEPT = 5
"""Connections that stay open while nobody uses them."""


class _Connection(sqlite3.Connection):
    """A connection whose transactions are begun and ended by statements alone: SQLAlchemy is a guest on it."""

    engine: Engine | None = None

    def commit(self) -> None:
        """Leaves it to whoever began."""

    def rollback(self) -> None:
        """Leaves it to whoever began."""

    def close(self) -> None:
        """Leaves it to whoever opened it."""


class LazySession:
    """A transaction: all that a `Session` of SQLAlchemy can, which is made when it is first asked for."""

    def __init__(self, connection: _Connection) -> None:
        """Takes a connection on which a transaction has begun."""
        self._sqlite = connection
        self._session: Session | None = None

    def __getattr__(self, name: str) -> Any:
        if self._session is None:
            self._session = _session(self._sqlite)
        return getattr(self._session, name)

    def run(self, statement: str, parameters: Parameters) -> sqlite3.Cursor:
        """Runs a statement on the connection itself; see `statements.run`."""
        # What objects were given is not in the tables yet.
        self.flush()
        return self._sqlite.execute(statement, parameters)

    def flush(self) -> None:
        """Has all changes of objects written."""
        if self._session is not None:
            self._session.flush()

    def rollback(self) -> None:
        """Takes back all that was changed; nothing more can be."""
        if self._session is not None:
            self._session.rollback()
        self._sqlite.execute("ROLLBACK")

    def close(self) -> None:
        """Lets go of all objects."""
        if self._session is not None:
            self._session.close()


def _session(connection: _Connection) -> Session:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import StaticPool

    if connection.engine is None:
        connection.engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    return Session(connection.engine)


class Connections:
    """The connections of an open library, each of them used by one thread at a time."""

    def __init__(self, catalogue: Path) -> None:
        """Takes the SQLite file, which is made when it is missing."""
        self._open = opener_of(catalogue, _Connection)
        self._idle: list[_Connection] = []
        self._closed = False
        self._lock = Lock()

    def close(self) -> None:
        """Closes them, those that somebody uses as soon as they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            _close(connection)

    @contextmanager
    def borrowed(self) -> Iterator[_Connection]:
        """A connection without a transaction.

        Raises:
            LibraryDamagedError: The file has gone since.
        """
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._open()
        try:
            yield connection
        finally:
            with self._lock:
                keeps = not self._closed and len(self._idle) < KEPT
                if keeps:
                    self._idle.append(connection)
            if not keeps:
                _close(connection)

    @contextmanager
    def transaction(self, *, immediate: bool) -> Iterator[Session]:
        """A transaction that is stored when the block ends, or not at all.

        Args:
            immediate: Take the write lock when it begins, and have it on the disk when it ends.

        Raises:
            LibraryDamagedError: The file has gone since.
        """
        with self.borrowed() as connection:
            for statement in beginning(immediate=immediate):
                connection.execute(statement)
            session = LazySession(connection)
            try:
                yield cast("Session", session)
                session.flush()
                if connection.in_transaction:
                    connection.execute("COMMIT")
            finally:
                session.close()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _close(connection: _Connection) -> None:
    if connection.engine is not None:
        connection.engine.dispose()
    sqlite3.Connection.close(connection)
