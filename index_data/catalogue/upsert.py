"""Inserts that say what happens where the row is there already, which SQL leaves to each database's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from index_data.catalogue import schema


def put_row(session: Session, table: type[schema.Base], key: str, values: Mapping[str, Any]) -> None:
    """Inserts a row, or gives the one of the same key these values."""
    put_rows(session, table, key, [values])


def put_rows(session: Session, table: type[schema.Base], key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same with rows of the same columns, no two of which have the same key."""
    if not rows:
        return
    statement = _insert(session, table)
    rest = {name: statement.excluded[name] for name in rows[0] if name != key}
    session.execute(statement.on_conflict_do_update(index_elements=[key], set_=rest), rows)


def add_missing_rows(session: Session, table: type[schema.Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts those rows that are not there yet."""
    session.execute(_insert(session, table).on_conflict_do_nothing(), rows)


def _insert(session: Session, table: type[schema.Base]) -> Any:
    """An `INSERT` of the database's own dialect: SQLAlchemy has one for each that knows `ON CONFLICT`."""
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(table)
