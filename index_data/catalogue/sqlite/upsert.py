"""Inserts that say what happens where the row is there already, which SQL leaves to each database's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from index_data.catalogue import schema


def put_row(session: Session, table: type[schema.Base], key: str, values: Mapping[str, Any]) -> None:
    """Inserts a row, or gives the one of the same key these values."""
    rest = {name: value for name, value in values.items() if name != key}
    session.execute(insert(table).values(**values).on_conflict_do_update(index_elements=[key], set_=rest))


def add_missing_rows(session: Session, table: type[schema.Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts those rows that are not there yet."""
    session.execute(insert(table).on_conflict_do_nothing(), rows)
