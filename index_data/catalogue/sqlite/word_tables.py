"""The full-text tables and what keeps them true, as the migrations make them: proved, and made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from index_data.catalogue.sqlite import sightings
from index_data.catalogue.sqlite.connection import explained
from index_data.catalogue.sqlite.touch_log import TRIGGERS
from index_data.errors import LibraryDamagedError

TOKENIZER = "porter unicode61 remove_diacritics 2"

VIEW = {"place_text": "CREATE VIEW place_text AS SELECT id, CAST(path AS TEXT) AS path FROM place"}
"""Paths are bytes, so that a view reads them as text."""

_SOURCES = {
    "caption_words": ("caption", "caption", "text", "{row}.text"),
    "tag_words": ("tag", "tag", "name", "{row}.name"),
    "place_words": ("place", "place_text", "path", "CAST({row}.path AS TEXT)"),
}
"""Each table of words: the table that it is about, what its text is read from, the column, and the column as text."""

_MOST_SECONDS = 5
"""How long a proof waits for another process's write to end."""


def _triggers(words: str) -> dict[str, str]:
    table, _, column, text = _SOURCES[words]
    add = f"INSERT INTO {words} (rowid, {column}) VALUES (new.id, {text.format(row='new')});"
    take = f"INSERT INTO {words} ({words}, rowid, {column}) VALUES ('delete', old.id, {text.format(row='old')});"
    events = {"insert": ("INSERT", add), "delete": ("DELETE", take), "update": (f"UPDATE OF id, {column}", take + add)}
    return {
        f"{words}_{name}": f"CREATE TRIGGER {words}_{name} AFTER {event} ON {table} BEGIN {body} END"
        for name, (event, body) in events.items()
    }


OURS = VIEW | sightings.VIEW | TRIGGERS | {name: sql for words in _SOURCES for name, sql in _triggers(words).items()}
"""Every view and trigger that a catalogue may hold."""


def refuse_alien(connection: sqlite3.Connection, catalogue: Path) -> None:
    """Refuses a catalogue with triggers or views that no migration made: they change or hide what people say.

    Raises:
        LibraryDamagedError: It holds one.
    """
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')")
    for kind, name, sql in rows:
        if OURS.get(name) != sql:
            raise LibraryDamagedError(
                f"{catalogue} holds a {kind} {name!a} that imgsearch did not make; it is not used"
            )


def damaged_words(catalogue: Path) -> list[str]:
    """The full-text tables that cannot be read, do not say what their texts say, or that nothing keeps true.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: SQLite proves these tables only where it might write.
    """
    with explained(catalogue), _opened(catalogue) as connection:
        made = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")}
        return [
            words
            for words in _SOURCES
            if not {words, *VIEW, *_triggers(words)} <= made or not _proved(connection, words)
        ]


def make_anew(catalogue: Path, words: str) -> None:
    """Makes a full-text table anew from the texts that it is about, whatever is left of the former one.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the catalogue may not be changed.
    """
    _, source, column, _ = _SOURCES[words]
    with explained(catalogue), _opened(catalogue) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("BEGIN IMMEDIATE")
        # What is damaged cannot be dropped: SQLite reads it first.
        connection.execute("DELETE FROM sqlite_master WHERE name = ? AND type = 'table'", (words,))
        connection.execute("PRAGMA writable_schema = RESET")
        for part in ("data", "idx", "docsize", "config", "content"):
            connection.execute(f"DROP TABLE IF EXISTS {words}_{part}")
        for name, sql in VIEW.items():
            connection.execute(f"DROP VIEW IF EXISTS {name}")
            connection.execute(sql)
        connection.execute(
            f"CREATE VIRTUAL TABLE {words} USING fts5({column}, content='{source}', content_rowid='id', "
            f"tokenize='{TOKENIZER}')"
        )
        for name, sql in _triggers(words).items():
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            connection.execute(sql)
        connection.execute(f"INSERT INTO {words} ({words}) VALUES ('rebuild')")
        connection.execute("COMMIT")


@contextmanager
def _opened(catalogue: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(catalogue, timeout=_MOST_SECONDS, isolation_level=None)) as connection:
        yield connection


def _proved(connection: sqlite3.Connection, words: str) -> bool:
    """Whether SQLite finds a table whole, and to say what its texts say; nothing is written."""
    connection.execute("BEGIN")
    try:
        connection.execute(f"INSERT INTO {words} ({words}, rank) VALUES ('integrity-check', 1)")
        connection.execute(f"SELECT rowid FROM {words} WHERE {words} MATCH 'a OR b' ORDER BY rank LIMIT 1").fetchall()
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY):
            raise
        return False
    except MemoryError:  # a damaged table may name any size
        return False
    finally:
        connection.execute("ROLLBACK")
    return True
