"""Brings a catalogue's schema to this version, by Alembic migrations only, after a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index_data.catalogue.sqlite.connection import connect, explained
from index_data.errors import LibraryDamagedError, LibraryNotWritableError, LibraryTooNewError
from index_data.locations import LibraryPaths, migrations_folder

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HEAD = "0014"
"""The newest revision, written here so that opening a library need not load Alembic; a test keeps it true."""


def refuse_newer(catalogue: object, revision: str | None) -> None:
    """Refuses a catalogue of a revision that no migration of this version leads on from.

    Raises:
        LibraryTooNewError: It is such a one.
    """
    if revision is None:
        return
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if revision not in known:
        raise LibraryTooNewError(
            f"{catalogue} was written by a newer imgsearch (its schema is {revision}, "
            f"this version knows {HEAD}); upgrade imgsearch to open it"
        )


def upgrade(paths: LibraryPaths, *, revision: str | None) -> None:
    """Migrates a catalogue from `revision` to `HEAD`; it is copied first, unless no former row can change.

    Raises:
        LibraryTooNewError: No migration leads on from `revision`.
        LibraryDamagedError: After the migrations a row would point to nothing; the catalogue stays as it was.
        LibraryNotWritableError: The disk is full, or the folder takes no changes; the catalogue stays as it was.
    """
    from index_data.catalogue.sqlite.backup import broken_references, keep_copy

    refuse_newer(paths.catalogue, revision)
    try:
        if revision is None:
            # Before SQLite makes it readable for everybody.
            paths.catalogue.touch(mode=0o600)
            paths.catalogue.chmod(0o600)
        elif not _only_adds(revision):
            keep_copy(paths, revision)
    except OSError as error:
        raise LibraryNotWritableError(f"the library {paths.folder} cannot be changed: {error.strerror}") from error
    # With foreign keys on, rebuilding a parent table would silently delete its children.
    engine = connect(paths.catalogue, foreign_keys=False)
    try:
        with explained(paths.catalogue), engine.begin() as connection:
            upgrade_on(connection)
            if broken := broken_references(connection):
                raise LibraryDamagedError(f"the upgrade would leave {broken} rows of {paths.catalogue} without parent")
    finally:
        # Else the connection lives until Python clears it away, and SQLite's log stays beside the file.
        engine.dispose()


def _only_adds(revision: str) -> bool:
    """Whether every migration from a revision to `HEAD` says by `ONLY_ADDS` that it changes no former row."""
    from alembic.script import ScriptDirectory

    coming = ScriptDirectory.from_config(configuration()).iterate_revisions("head", revision)
    return all(getattr(script.module, "ONLY_ADDS", False) for script in coming)


def upgrade_on(connection: Connection) -> None:
    """Migrates the catalogue of a connection to `HEAD`, in the transaction that it is in, which the caller ends."""
    from alembic import command

    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def configuration() -> Config:
    """How Alembic finds the migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config
