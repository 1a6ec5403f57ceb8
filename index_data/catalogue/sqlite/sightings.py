"""The view of all paths at which something that can be found was last seen, as the migrations make it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index_data.catalogue.sqlite.connection import as_it_lies, explained

VIEW = {
    "sighting": (
        "CREATE VIEW sighting AS SELECT id, image_id, path, byte_size, mtime_ns FROM place"
        " WHERE image_id NOT IN (SELECT image_id FROM video)"
        " UNION ALL SELECT place.id, moment.image_id, place.path, place.byte_size, place.mtime_ns"
        " FROM moment JOIN place ON place.image_id = moment.video_id"
    )
}
"""A photograph lies at its own places, and a moment at those of its film, which itself is nothing that is found.

SQLite reads it as it reads `place` wherever it can ask both halves apart: of certain images, or whether there is one. A
`DISTINCT`, a `GROUP BY` or a function such as `min` over it reads all of it: for those of one image, `fragments.WHOLE`
says whose rows of `place` they are.
"""


def is_there(catalogue: Path) -> bool:
    """Whether a catalogue holds the view.

    Raises:
        LibraryDamagedError: The file is no longer readable.
    """
    with explained(catalogue), closing(sqlite3.connect(as_it_lies(catalogue), uri=True)) as connection:
        made = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    return made >= VIEW.keys()


def make_anew(catalogue: Path) -> None:
    """Makes the view again.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the catalogue may not be changed.
    """
    with explained(catalogue), closing(sqlite3.connect(catalogue, isolation_level=None)) as connection:
        for statement in VIEW.values():
            connection.execute(statement)
