"""Cleans the words of a catalogue that came from elsewhere, as what people type and import is cleaned."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from index_data.annotation.normalize import LONGEST, visible
from index_data.catalogue.conditions import MARK_VALUES, NO_MARK
from index_data.catalogue.counters import VECTORS
from index_data.catalogue.sqlite.connection import explained

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands where nothing of the words can be seen."""

_WORDS = (
    *(("caption", "text"), ("tag", "name"), ("keyword", "word"), ("change", "tag"), ("image", "camera")),
    *(("album", "name"), ("album", "query"), ("change", "album"), ("proposed_tag", "name"), ("learnt_tag", "name")),
)


def clean_words(catalogue: Path) -> int:
    """Makes captions, tags, albums, keywords and cameras what they would be if they had been typed, in one transaction.

    Control characters go, and so do those that turn the direction of writing, bytes that are no text, and what is
    longer than a caption may be. Captions that change lose their vectors, which were made of other words. A mark of a
    value that no mark has is none, and was never set.

    Returns:
        How many texts were changed, or marks removed.

    Raises:
        LibraryDamagedError: The file is no catalogue.
        LibraryLockedError: Another program holds it.
        LibraryNotWritableError: The disk is full, or it may not be changed.
    """
    with explained(catalogue), closing(sqlite3.connect(catalogue, isolation_level=None)) as connection:
        # Text that is not UTF-8 would be an error here, as wherever it is read.
        connection.text_factory = bytes
        connection.execute("BEGIN IMMEDIATE")
        changed = 0
        for table, column in _WORDS:
            for row, words in list(_unclean(connection, table, column)):
                changed += 1
                # What another row of the photograph says already would be said twice.
                connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?", (words, row))
                connection.execute(f"DELETE FROM {table} WHERE rowid = ? AND {column} IS NOT ?", (row, words))
                if table == "caption":
                    connection.execute("DELETE FROM caption_vector WHERE caption_id = ?", (row,))
                if table == "album":
                    connection.execute("DELETE FROM album_image WHERE album_id NOT IN (SELECT id FROM album)")
        changed += _remove_foreign_marks(connection)
        if changed:
            connection.execute(
                "INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
                (VECTORS,),
            )
        connection.execute("COMMIT")
    return changed


def _remove_foreign_marks(connection: sqlite3.Connection) -> int:
    """Removes marks, and changes of marks, whose value is none that a person can give; says how many."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'mark'").fetchone():
        return 0
    known = [(mark, value) for mark, values in MARK_VALUES.items() for value in values]
    valid = "(VALUES " + ", ".join(f"('{mark}', '{value}')" for mark, value in known) + ")"
    removed = connection.execute(f"DELETE FROM mark WHERE (name, value) NOT IN {valid}").rowcount
    changed = " OR ".join(
        f"({column} <> '{NO_MARK}' AND (mark, {column}) NOT IN {valid})" for column in ("was", "became")
    )
    return removed + connection.execute(f"DELETE FROM change WHERE mark IS NOT NULL AND ({changed})").rowcount


def _unclean(connection: sqlite3.Connection, table: str, column: str) -> Iterator[tuple[int, str]]:
    """The rows whose words must be others, with those; of another version a column may not be there."""
    if column.encode() not in {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}:
        return
    for row, raw in connection.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"):
        words = visible(raw.decode("utf-8", "replace"))[:LONGEST].strip() or UNREADABLE
        if words.encode() != raw:
            yield row, words
