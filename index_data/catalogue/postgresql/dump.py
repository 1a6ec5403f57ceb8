"""A catalogue of a server as a file, and back: the file is a catalogue of SQLite, which every version can open.

A file holds some hundred thousand photographs well; of larger ones `pg_dump` makes better backups.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text, update

from captioning.files import replacing
from index_data.catalogue import migrate, schema
from index_data.catalogue.counters import VECTORS
from index_data.catalogue.sqlite.backup import prove
from index_data.catalogue.sqlite.connection import connect as connect_file
from index_data.catalogue.sqlite.foreign_words import clean_words
from index_data.catalogue.sqlite.revision import current_revision
from index_data.errors import LibraryNotWritableError
from index_data.locations import LibraryPaths

BATCH = 2_000
"""Rows that are carried at once."""

_CARRIED = [table for table in schema.Base.metadata.sorted_tables if table.name != schema.Touched.__tablename__]
"""Every table but the log of changes, which begins anew wherever rows are written."""


def dump(connection: Connection, target: Path) -> None:
    """Writes a catalogue, as a connection sees it, into a file; a former file of that name is then replaced.

    Raises:
        LibraryNotWritableError: The file cannot be written; a former one stays.
    """
    try:
        with replacing(target) as fresh:
            with _file(fresh) as file:
                migrate.upgrade_on(file)
                for table in _CARRIED:
                    _carry(connection, file, table)
            prove(fresh)
    except OSError as error:
        raise LibraryNotWritableError(f"{target} could not be written: {error.strerror}") from error


def fill(connection: Connection, source: Path) -> None:
    """Replaces all that a catalogue holds by what a file of this version's schema holds."""
    generation = connection.scalar(select(schema.Counter.value).where(schema.Counter.name == VECTORS)) or 0
    names = ", ".join(f'"{table.name}"' for table in schema.Base.metadata.sorted_tables)
    connection.execute(text(f"TRUNCATE {names}"))
    begin_history(connection)
    with _file(source) as file:
        for table in _CARRIED:
            _carry(file, connection, table)
    for table in _CARRIED:
        if table.autoincrement_column is not None and "id" in table.columns:
            highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
            connection.execute(select(func.setval(sequence, highest, False)))
    # Later than anything that a process which is reading now may still know.
    least = func.greatest(schema.Counter.value + 1, generation + 1)
    connection.execute(update(schema.Counter).where(schema.Counter.name == VECTORS).values(value=least))


def begin_history(connection: Connection) -> None:
    """Begins another history of a catalogue: no cache of what it held before fits it any more."""
    connection.execute(text("DELETE FROM touched WHERE image_id = 0"))
    latest = "(SELECT coalesce(max(id), 0) FROM touched)"
    connection.execute(
        text(f"INSERT INTO touched (id, image_id) SELECT {latest} + 1 + (random() * 1099511627776)::bigint, 0")
    )


@contextmanager
def current_copy(backup: Path) -> Iterator[tuple[Path, int]]:
    """Gives a copy of a file, brought up to date, with clean words, and how many were not; it is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="imgsearch-") as folder:
        paths = LibraryPaths(Path(folder))
        paths.catalogue.touch(mode=0o600)
        paths.catalogue.write_bytes(backup.read_bytes())
        revision = current_revision(paths.catalogue)
        if revision != migrate.HEAD:
            migrate.upgrade(paths, revision=revision)
        yield paths.catalogue, clean_words(paths.catalogue)


@contextmanager
def _file(path: Path) -> Iterator[Connection]:
    engine = connect_file(path, foreign_keys=False)
    try:
        with engine.begin() as connection:
            yield connection
        with engine.connect() as connection:
            # One file, without a log beside it.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    finally:
        engine.dispose()


def _carry(source: Connection, target: Connection, table: Table) -> None:
    rows = source.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": BATCH})
    origins: list[Mapping[str, Any]] = []
    for part in rows.mappings().partitions(BATCH):
        batch = [dict(row) for row in part]
        if table.name == schema.Caption.__tablename__:
            # What a caption was edited from may come behind it.
            origins += [row.copy() for row in batch if row["origin_id"] is not None]
            batch = [{**row, "origin_id": None} for row in batch]
        target.execute(insert(table), batch)
    for row in origins:
        target.execute(update(table).where(table.c.id == row["id"]).values(origin_id=row["origin_id"]))
