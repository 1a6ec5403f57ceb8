"""Connections to a catalogue: SQLite with write-ahead log, foreign keys and explicit transactions."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

BUSY_SECONDS = 30
"""How long a statement waits for another process's write to end."""


def connect(catalogue: Path, *, foreign_keys: bool = True) -> Engine:
    """Opens a catalogue file, which is made when it is missing.

    Synchronous is NORMAL under the write-ahead log: after a power cut the last transactions may be gone, the
    database is whole, and the next scan does them again.

    Args:
        catalogue: The SQLite file.
        foreign_keys: Off only for migrations, which rebuild parent tables.
    """
    writable = os.access(catalogue.parent, os.W_OK)

    def open_connection() -> sqlite3.Connection:
        if writable:
            # No isolation level: SQLAlchemy begins transactions itself, so that changes of the schema roll back too.
            connection = sqlite3.connect(catalogue, timeout=BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        else:
            # Where no log file may be made, nobody writes either, so the file can be read as it lies.
            address = f"{catalogue.as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True, isolation_level=None)
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        return connection

    engine = create_engine("sqlite://", creator=open_connection, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
