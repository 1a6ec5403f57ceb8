"""Brings a catalogue's schema to this version, by Alembic migrations only, after a backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from index_data.database import connect
from index_data.errors import LibraryDamagedError, LibraryTooNewError
from index_data.locations import LibraryPaths, migrations_folder

HEAD = "0001"
"""The newest revision, written here so that opening a library need not load Alembic; a test keeps it true."""


def current_revision(paths: LibraryPaths) -> str | None:
    """Reads the schema revision of a catalogue; none for an empty one.

    Raises:
        LibraryDamagedError: The file is no database, or holds tables but no revision.
    """
    try:
        with closing(sqlite3.connect(f"{paths.catalogue.as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return None
            if "alembic_version" in tables:
                rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
                if rows:
                    return str(rows[0][0])
    except sqlite3.DatabaseError as error:
        if "readonly" in str(error) or "unable to open" in str(error):
            return _revision_of_immutable(paths)
        raise LibraryDamagedError(f"{paths.catalogue} is not a readable catalogue: {error}") from error
    raise LibraryDamagedError(f"{paths.catalogue} is a database, but not one of imgsearch")


def _revision_of_immutable(paths: LibraryPaths) -> str | None:
    try:
        with closing(sqlite3.connect(f"{paths.catalogue.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            return str(rows[0][0]) if rows else None
    except sqlite3.DatabaseError as error:
        raise LibraryDamagedError(f"{paths.catalogue} is not a readable catalogue: {error}") from error


def upgrade(paths: LibraryPaths, *, revision: str | None) -> None:
    """Migrates a catalogue from `revision` to `HEAD`; a catalogue that holds anything is copied first.

    Raises:
        LibraryTooNewError: No migration leads on from `revision`.
        LibraryDamagedError: After the migrations a row would point to nothing; the catalogue stays as it was.
    """
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise LibraryTooNewError(
            f"the library {paths.folder} was written by a newer imgsearch (its schema is {revision}, "
            f"this version knows {HEAD}); upgrade imgsearch to open it"
        )
    if revision is not None:
        _back_up(paths, revision)
    # With foreign keys on, rebuilding a parent table would silently delete its children.
    engine = connect(paths.catalogue, foreign_keys=False)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise LibraryDamagedError(f"the upgrade would leave {len(broken)} rows of {paths.catalogue} without parent")
    paths.catalogue.chmod(0o600)


def _back_up(paths: LibraryPaths, revision: str) -> None:
    paths.backups.mkdir(mode=0o700, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = paths.backups / f"catalogue-{revision}-{stamp}.sqlite"
    with closing(sqlite3.connect(paths.catalogue)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    target.chmod(0o600)
