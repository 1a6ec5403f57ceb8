"""Copies of a catalogue's file, taken while others may be writing to it, whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from captioning.files import replacing
from index_data.catalogue.sqlite.cells import odd_table
from index_data.catalogue.sqlite.connection import as_it_lies, explained
from index_data.catalogue.sqlite.touch_log import BEGIN_ANEW
from index_data.errors import LibraryDamagedError, LibraryNotWritableError
from index_data.locations import LibraryPaths, make_own_folder

if TYPE_CHECKING:
    from sqlalchemy import Connection


def back_up(catalogue: Path, target: Path) -> None:
    """Copies a catalogue into one file and proves the copy; a former file of that name is then replaced.

    The search caches are not in it, which are made anew, nor are the photographs.

    Raises:
        LibraryNotWritableError: The file cannot be written; a former one stays.
        LibraryDamagedError: The catalogue is damaged; a former file stays.
    """
    try:
        with replacing(target) as fresh:
            with (
                explained(catalogue),
                closing(sqlite3.connect(as_it_lies(catalogue), uri=True)) as source,
                closing(sqlite3.connect(fresh)) as copy,
            ):
                source.backup(copy)
                # One file that can be carried away, without a log beside it.
                copy.execute("PRAGMA journal_mode = DELETE")
            prove(fresh)
        _settle(target.parent)
    except OSError as error:
        raise LibraryNotWritableError(f"{target} could not be written: {error.strerror}") from error


def _settle(folder: Path) -> None:
    """Has the folder's list of files on the disk, so that a power cut does not bring the former file back."""
    if os.name == "nt":  # it opens no folders, and keeps their lists in its journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_copy(paths: LibraryPaths, occasion: str) -> Path:
    """Copies a library's catalogue into its folder of backups, named by the occasion and the time.

    Raises:
        LibraryNotWritableError: The disk is full, or the folder takes no files.
        LibraryDamagedError: The catalogue is damaged.
    """
    try:
        make_own_folder(paths.backups)
    except OSError as error:
        raise LibraryNotWritableError(f"{paths.folder} takes no new folder: {error.strerror}") from error
    target = paths.backups / f"catalogue-{occasion}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
    back_up(paths.catalogue, target)
    return target


def forget_positions_in(copy: Path) -> int:
    """Takes out of a copy of a catalogue where photographs were taken, and says of how many it was known.

    Raises:
        LibraryNotWritableError: The file cannot be replaced; it stays as it was.
        LibraryDamagedError: It is damaged; it stays as it was.
    """
    with explained(copy), closing(sqlite3.connect(as_it_lies(copy), uri=True)) as source:
        if not source.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'position'").fetchone():
            return 0
        count = int(source.execute("SELECT count(*) FROM position").fetchone()[0])
    if not count:
        return 0
    try:
        with replacing(copy) as fresh:
            with (
                explained(copy),
                closing(sqlite3.connect(as_it_lies(copy), uri=True)) as source,
                closing(sqlite3.connect(fresh, isolation_level=None)) as stripped,
            ):
                source.backup(stripped)
                stripped.execute("PRAGMA journal_mode = DELETE")
                stripped.execute("DELETE FROM position")
                # What was deleted stays in free pages until the file is written anew.
                stripped.execute("VACUUM")
            prove(fresh)
    except OSError as error:
        raise LibraryNotWritableError(f"{copy} could not be written: {error.strerror}") from error
    return count


def prove(catalogue: Path) -> None:
    """Has SQLite read every page of a catalogue, follow every reference, and look at every cell.

    Raises:
        LibraryDamagedError: A page is damaged, a row points to nothing, or a cell holds what its column cannot.
    """
    with explained(catalogue), closing(sqlite3.connect(as_it_lies(catalogue), uri=True)) as connection:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise LibraryDamagedError(f"{catalogue} is damaged: {' '.join(verdict.split())}")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise LibraryDamagedError(f"{catalogue} is damaged: a row refers to a missing one")
        if table := odd_table(connection):
            raise LibraryDamagedError(f"{catalogue} is damaged: {table} holds a cell of the wrong kind")


def broken_references(connection: Connection) -> int:
    """How many rows point to nothing."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall())


def replace_content(catalogue: Path, backup: Path, *, counter: str, least: int) -> None:
    """Gives a catalogue the content of a backup, under the feet of whoever has it open.

    Args:
        catalogue: The catalogue that is overwritten.
        backup: Where its new content comes from.
        counter: A counter that grows by it.
        least: What that counter then counts at least.

    Raises:
        LibraryNotWritableError: The disk is full, or the folder takes no changes.
        LibraryLockedError: Another program holds the catalogue.
        LibraryDamagedError: One of the files is no longer readable.
    """
    with (
        explained(catalogue),
        closing(sqlite3.connect(as_it_lies(backup), uri=True)) as source,
        closing(sqlite3.connect(catalogue)) as live,
    ):
        source.backup(live)
        live.execute(
            "INSERT INTO counter (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = max(value + 1, excluded.value)",
            (counter, least),
        )
        # A backup of an earlier version does not have the table; the migration that makes it begins a history too.
        if live.execute("SELECT 1 FROM sqlite_master WHERE name = 'touched'").fetchone():
            for statement in BEGIN_ANEW:
                live.execute(statement)
        live.commit()


def compact(connection: sqlite3.Connection) -> None:
    """Gives the space of what was deleted back to the disk."""
    connection.execute("VACUUM")
    # Else what was deleted stays readable in the file until the log is folded into it.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
