"""Counters by which a cache knows that it is out of date."""

from __future__ import annotations

from sqlalchemy import literal, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from index_data.catalogue import schema

VECTORS = "vectors"
"""The counter that grows with every change of what the vector indexes must hold."""


def advance_vector_generation(session: Session) -> None:
    """Notes that what the vector indexes must hold has changed."""
    bump(session, VECTORS)


def vector_generation(session: Session) -> int:
    """How often what the vector indexes must hold has changed."""
    return counter(session, VECTORS)


def bump(session: Session, name: str) -> None:
    """Makes a counter grow by one."""
    statement = insert(schema.Counter).values(name=name, value=1)
    session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": schema.Counter.value + literal(1)})
    )


def counter(session: Session, name: str) -> int:
    """A counter's value, 0 before it first grew."""
    return session.scalar(select(schema.Counter.value).where(schema.Counter.name == name)) or 0
