"""Runs what every question asks: statements in SQL, on the database's own connection, past SQLAlchemy.

They are written in the SQL that SQLite understands, with the pieces of `sql_parts`; the session of another database
says them in its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Parameters = Sequence[object] | Mapping[str, object]
"""The values of ``?``, in order, or those of ``:name``, by name."""


class Rows(Protocol):
    """What a statement gives; read once, row by row."""

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Any:
        """The next row, if there is one."""
        ...

    def fetchall(self) -> list[Any]:
        """All that are left."""
        ...


class _Runs(Protocol):
    def run(self, statement: str, parameters: Parameters) -> Rows: ...


def run(session: Session, statement: str, parameters: Parameters = ()) -> Rows:
    """Runs a statement in the transaction of a session, which sees what the session was given before."""
    return cast(_Runs, session).run(statement, parameters)
