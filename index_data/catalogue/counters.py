"""Counters by which a cache knows that it is out of date."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.sqlite.upsert import advance

VECTORS = "vectors"
"""The counter that grows with every change of what the vector indexes must hold."""


def advance_vector_generation(session: Session) -> None:
    """Notes that what the vector indexes must hold has changed."""
    advance(session, VECTORS)


def vector_generation(session: Session) -> int:
    """How often what the vector indexes must hold has changed."""
    return counter(session, VECTORS)


def counter(session: Session, name: str) -> int:
    """A counter's value, 0 before it first grew."""
    # By the connection, which makes no more of a row than it is: every query asks.
    return session.connection().scalar(select(schema.Counter.value).where(schema.Counter.name == name)) or 0
