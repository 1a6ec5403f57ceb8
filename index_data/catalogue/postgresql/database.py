"""A catalogue in a database of a server: opened, made, brought up to date, locked and read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session

from index_data.addresses import ServerAddress
from index_data.catalogue import migrate
from index_data.catalogue.merged import Merged
from index_data.catalogue.postgresql import elements, migration  # noqa: F401 (both register what is PostgreSQL's)
from index_data.catalogue.postgresql.care import PostgresCare
from index_data.catalogue.postgresql.change_watch import CHANNEL, ChangeWatch
from index_data.catalogue.postgresql.connection import BUSY_SECONDS, connect, explained, know_vectors
from index_data.catalogue.postgresql.dump import current_copy, dump, fill
from index_data.catalogue.postgresql.kept_files import PostgresFiles
from index_data.catalogue.postgresql.session import PostgresSession
from index_data.catalogue.sqlite.merge import take_in
from index_data.errors import LibraryDamagedError, LibraryLockedError, LibraryMissingError, LibraryNotWritableError
from index_data.locations import LibraryPaths, make_own_folder

WRITER, CHANGE, LEARNER = 0x696D67_01, 0x696D67_02, 0x696D67_03
"""Advisory locks of a database: of the one process that writes, of the transaction that changes something, and of the
one process that learns."""

OURS = frozenset({"image", "place", "caption"})
"""Tables that every revision has: other programs, too, keep their revision in `alembic_version`."""

EXTENSION = "vector"
"""What pgvector is called on a server."""

LEAST_VERSION = (0, 8)
"""Of pgvector: the first that goes on searching until enough of those that may be found are found."""

KEPT = 5
"""Connections that stay open while nobody uses them."""


def server_engine(address: ServerAddress) -> Engine:
    """Opens a database for SQLAlchemy."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(address),
        pool_size=KEPT,
        max_overflow=-1,
        # A connection that was lost is made again, once it is asked for.
        pool_pre_ping=True,
    )
    # Many rows in one statement: else the server would read a statement and call the triggers for every row.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


class PostgresDatabase:
    """Implements `database.Database`; opened by `PostgresDatabase.open`."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self._engine = server_engine(address)
        self._holders: list[psycopg.Connection[Any]] = []
        """Connections that hold locks of this process."""
        self.files = PostgresFiles(address.cache_folder, self.transaction)

    @classmethod
    def open(cls, address: ServerAddress, *, create: bool) -> Self:
        """Opens the catalogue in a database, and brings an older schema up to date.

        Args:
            address: Of the database, which the server has already.
            create: Make the catalogue if there is none.

        Raises:
            LibraryMissingError: There is none, and `create` is not set.
            LibraryTooNewError: It was written by a newer version.
            LibraryDamagedError: The database belongs to another program.
            LibraryUnreachableError: The server cannot be reached, or lets nobody in.
            LibraryNotWritableError: It cannot be made or brought up to date, or the server has no pgvector.
            LibraryLockedError: It must be made or brought up to date, and another process is writing.
        """
        opened = cls(address)
        try:
            opened._bring_up_to_date(create=create)
        except BaseException:
            opened.close()
            raise
        return opened

    def _bring_up_to_date(self, *, create: bool) -> None:
        revision = self._revision()
        if revision is None and not create:
            raise LibraryMissingError(f"there is no library in {self.address}; make one with: imgsearch index FOLDER")
        if revision != migrate.HEAD:
            migrate.refuse_newer(self.address, revision)
            with self.writing():
                # Another process may have done it while this one waited for the lock.
                if self._revision() != migrate.HEAD:
                    self._upgrade()

    def _revision(self) -> str | None:
        with explained(self.address), self._engine.connect() as connection:
            tables = set(connection.scalars(text("SELECT relname FROM pg_class WHERE pg_table_is_visible(oid)")))
            if "alembic_version" not in tables:
                return None
            revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if revision is not None and not tables >= OURS:
            raise LibraryDamagedError(f"{self.address} is a database, but not one of imgsearch")
        return revision

    def _upgrade(self) -> None:
        with explained(self.address), self._engine.begin() as connection:
            try:
                connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}"))
            except Exception as error:
                raise self._without_vectors(error) from None
            self._refuse_older(connection)
            driver: Any = connection.connection.driver_connection
            know_vectors(driver)
            migrate.upgrade_on(connection)
        # What connects from now on knows vectors.
        self._engine.dispose()

    def _refuse_older(self, connection: Connection) -> None:
        known = text("SELECT extversion FROM pg_extension WHERE extname = :name")
        version = str(connection.scalar(known, {"name": EXTENSION}))
        if tuple(map(int, version.split(".")[:2])) < LEAST_VERSION:
            raise LibraryNotWritableError(
                f"{self.address} has pgvector {version}, and {'.'.join(map(str, LEAST_VERSION))} or later is needed; "
                "install it there, and have its owner say: ALTER EXTENSION vector UPDATE"
            )

    def _without_vectors(self, error: Exception) -> Exception:
        cause = getattr(error, "orig", error)
        if isinstance(cause, psycopg.errors.UndefinedFile | psycopg.errors.FeatureNotSupported):
            return LibraryNotWritableError(
                f"the server of {self.address} has no pgvector, by which vectors are searched; "
                "install it there (such as the package postgresql-18-pgvector)"
            )
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            return LibraryNotWritableError(
                f"the role may not add pgvector to {self.address}; have its owner say there: CREATE EXTENSION vector"
            )
        return error

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Session]:
        """A session whose changes are stored together when the block ends; see `database.Database`."""
        # Whoever changes something sees what others had changed when the lock was free.
        level = "READ COMMITTED" if write else "REPEATABLE READ"
        with explained(self.address), self._engine.connect() as connection:
            session = PostgresSession(connection.execution_options(isolation_level=level))
            try:
                if write:
                    # A lock that was lost, as when the server was restarted, another process may have by now.
                    for holder in self._holders:
                        holder.execute("SELECT 1")
                    session.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"))
                    session.execute(text("SELECT pg_advisory_xact_lock(:change)"), {"change": CHANGE})
                yield session
                if write:
                    session.execute(text(f"NOTIFY {CHANNEL}"))
                session.commit()
            finally:
                session.close()

    def writing(self) -> AbstractContextManager[None]:
        """Holds the lock of the one writer; see `database.Database`."""
        return self._locked(WRITER, "writing to the library")

    def learning(self) -> AbstractContextManager[None]:
        """Holds the lock of the one process that learns, on whichever computer; see `database.Database`."""
        return self._locked(LEARNER, "learning in")

    @contextmanager
    def _locked(self, lock: int, doing: str) -> Iterator[None]:
        # Of a connection of its own, with which it ends.
        with explained(self.address):
            holder = connect(self.address, autocommit=True)
        try:
            with explained(self.address):
                row = holder.execute("SELECT pg_try_advisory_lock(%s)", [lock]).fetchone()
            if row is None or not row[0]:
                raise LibraryLockedError(f"another imgsearch is {doing} {self.address}; try again when it has finished")
            self._holders.append(holder)
            try:
                yield
            finally:
                self._holders.remove(holder)
        finally:
            holder.close()

    def fault(self) -> str | None:
        """Nothing: the server keeps in a column only what fits it."""
        return None

    def back_up(self, target: Path) -> None:
        """Writes the catalogue, as it is at one moment, into a file of SQLite; see `database.Database`."""
        with explained(self.address), self._engine.connect() as connection:
            dump(connection.execution_options(isolation_level="REPEATABLE READ"), target)

    def keep_copy(self, occasion: str) -> Path:
        """The same, into the folder of backups on this computer."""
        backups = LibraryPaths(self.address.cache_folder).backups
        try:
            make_own_folder(backups)
        except OSError as error:
            raise LibraryNotWritableError(f"{backups} cannot be made: {error.strerror}") from error
        target = backups / f"catalogue-{occasion}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
        self.back_up(target)
        return target

    def replace_content(self, backup: Path) -> int:
        """Replaces all rows in one transaction, by those of the backup brought up to date."""
        with current_copy(backup) as (source, cleaned):
            with self.transaction(write=True) as session:
                fill(session.connection(), source)
            return cleaned

    def clean_words(self) -> int:
        """Nothing: `replace_content` and `take_in` clean what they bring."""
        return 0

    def take_in(self, other: Path) -> Merged:
        """Takes in what another catalogue holds: both are merged in a file, which then replaces all rows."""
        with tempfile.TemporaryDirectory(prefix="imgsearch-") as folder, self.transaction(write=True) as session:
            merged = Path(folder) / "catalogue.sqlite"
            dump(session.connection(), merged)
            came = take_in(merged, other)
            fill(session.connection(), merged)
            return came

    def change_watch(self) -> ChangeWatch:
        """What tells that somebody changed the catalogue."""
        return ChangeWatch(self.address)

    @property
    def care(self) -> PostgresCare:
        """What can be proved and mended here."""
        return PostgresCare(self.address, self._engine)

    def sizes(self) -> dict[str, int]:
        """Bytes of the database on the server."""
        with explained(self.address), self._engine.connect() as connection:
            return {"database": int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)}

    def compact(self) -> None:
        """Gives the space of what was forgotten back to the tables."""
        with explained(self.address), connect(self.address, autocommit=True) as connection:
            connection.execute("VACUUM")

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()
