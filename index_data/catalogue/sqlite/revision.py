"""Reads which revision of the schema a catalogue has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index_data.catalogue.sqlite.connection import explained, read_only, takes_no_log
from index_data.catalogue.sqlite.word_tables import refuse_alien
from index_data.errors import LibraryDamagedError

OURS = {"image", "place", "caption"}
"""Tables that every revision has: other programs, too, keep their revision in `alembic_version`."""


def current_revision(catalogue: Path) -> str | None:
    """Reads the schema revision of a catalogue; none for an empty one.

    Raises:
        LibraryDamagedError: The file is no database, not one of this program, or holds alien triggers or views.
        LibraryNotWritableError: The file may not be opened.
    """
    with explained(catalogue):
        try:
            return _revision(catalogue, read_only(catalogue))
        except sqlite3.OperationalError as error:
            if not takes_no_log(error):
                raise
            # Folder or disk takes no log files, without which SQLite reads only what it is told will not change.
            return _revision(catalogue, read_only(catalogue, immutable=True))


def _revision(catalogue: Path, address: str) -> str | None:
    with closing(sqlite3.connect(address, uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        rows = []
        if "alembic_version" in tables:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        if tables >= OURS:
            refuse_alien(connection, catalogue)
    if not rows and tables <= {"alembic_version"}:
        return None
    if not rows or not tables >= OURS:
        raise LibraryDamagedError(f"{catalogue} is a database, but not one of imgsearch")
    return str(rows[0][0])
