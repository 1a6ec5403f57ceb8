"""The triggers that note which photographs were touched, as the migrations make them: proved, and made anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index_data.catalogue.sqlite.connection import as_it_lies, explained

_OWNERS = {
    "image": "id",
    "place": "image_id",
    "caption": "image_id",
    "tag": "image_id",
    "keyword": "image_id",
    "image_vector": "image_id",
    "video": "image_id",
    "moment": "image_id",
}
"""The tables that tell of a photograph, each with the column that holds its number."""

_NEXT = "(SELECT max(id) + 1 FROM touched)"
"""Rows are never deleted, so that no number is given twice."""

_EVENTS = {"insert": ("new",), "delete": ("old",), "update": ("old", "new")}

BEGIN_ANEW = (
    "INSERT INTO touched (image_id) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM touched WHERE image_id = 0)",
    "UPDATE touched SET id = (SELECT max(id) FROM touched) + 1 + abs(random() % 1099511627776) WHERE image_id = 0",
)
"""Begins another history of the catalogue: no cache of what it held before fits it any more."""


def _triggers() -> dict[str, str]:
    triggers = {}
    for table, owner in _OWNERS.items():
        for event, rows in _EVENTS.items():
            body = "".join(
                f"UPDATE touched SET id = {_NEXT} WHERE image_id = {row}.{owner}; "
                f"INSERT INTO touched (id, image_id) SELECT {_NEXT}, {row}.{owner} "
                f"WHERE NOT EXISTS (SELECT 1 FROM touched WHERE image_id = {row}.{owner}); "
                for row in rows
            )
            name = f"{table}_touched_{event}"
            triggers[name] = f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} BEGIN {body}END"
    return triggers


TRIGGERS = _triggers()
"""Each by its name."""


def missing_triggers(catalogue: Path) -> list[str]:
    """The names of those that the catalogue does not hold.

    Raises:
        LibraryDamagedError: The file is no longer readable.
    """
    with explained(catalogue), closing(sqlite3.connect(as_it_lies(catalogue), uri=True)) as connection:
        made = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    return [name for name in TRIGGERS if name not in made]


def make_missing(catalogue: Path) -> None:
    """Makes them again; what happened without them is not known, so that another history begins.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the catalogue may not be changed.
    """
    missing = missing_triggers(catalogue)
    with explained(catalogue), closing(sqlite3.connect(catalogue, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in (*(TRIGGERS[name] for name in missing), *BEGIN_ANEW):
            connection.execute(statement)
        connection.execute("COMMIT")
