"""Counters by which a cache knows that it is out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

VECTORS = "vectors"
"""The counter that grows with every change of what the vector indexes must hold."""


def advance_vector_generation(session: Session) -> None:
    """Notes that what the vector indexes must hold has changed."""
    advance(session, VECTORS)


def advance(session: Session, name: str) -> None:
    """Makes a counter grow by one."""
    run(
        session,
        "INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
        [name],
    )


def vector_generation(session: Session) -> int:
    """How often what the vector indexes must hold has changed."""
    return counter(session, VECTORS)


def counter(session: Session, name: str) -> int:
    """A counter's value, 0 before it first grew."""
    row = run(session, "SELECT value FROM counter WHERE name = ?", [name]).fetchone()
    return int(row[0]) if row else 0
