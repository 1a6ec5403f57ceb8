"""Sessions of PostgreSQL, which say in its own words what every question asks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from index_data.catalogue import sql_parts
from index_data.catalogue.statements import Parameters

AMONG = "= ANY(ARRAY(SELECT json_array_elements_text(?::json)::bigint))"
"""What `sql_parts.AMONG` is here."""

_OWN_WORDS = (
    (sql_parts.AMONG, AMONG),
    (
        sql_parts.FILE_DATE,
        f"to_timestamp((SELECT min(place.mtime_ns) FROM place WHERE place.image_id = {sql_parts.WHOLE})"
        " / 1000000000)::timestamp",
    ),
    ("caption.imported = 0", "NOT caption.imported"),
)
"""Pieces of statements, and what they are here."""

_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class PostgresSession(Session):
    """A session of SQLAlchemy that also runs statements past it."""

    def run(self, statement: str, parameters: Parameters) -> Any:
        """Runs a statement on the connection itself; see `statements.run`."""
        # What objects were given is not in the tables yet.
        self.flush()
        connection: Any = self.connection().connection.driver_connection
        return connection.cursor(binary=True).execute(translated(statement), parameters)


@lru_cache(maxsize=256)
def translated(statement: str) -> str:
    """A statement in the SQL of SQLite, with the pieces of `sql_parts`, as psycopg takes it."""
    for theirs, ours in _OWN_WORDS:
        statement = statement.replace(theirs, ours)
    return _NAMED.sub(r"%(\1)s", statement.replace("%", "%%").replace("?", "%s"))
