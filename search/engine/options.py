"""How a query is to be answered: the choices that are not part of its text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How a query is to be answered.

    Attributes:
        count: Hits to read. Without it everything that answers is ranked, and hits are read with `Engine.hits`.
        cursor: Where the page begins, as the page before it said; without one at the first hit.
        skip: Hits before the page, where there is no cursor.
        include_irrelevant: Find photographs, too, that do not answer the query.
        collapse_duplicates: Let the best of several near duplicates stand for them.
        include_self: Let a photograph be found as looking like itself.
        seed: Of a random order; a cursor carries its own.
        more: Ranks, 0-based, of hits of which more are wanted.
        less: Ranks, 0-based, of hits of which fewer are wanted.
    """

    count: int | None = None
    cursor: str | None = None
    skip: int = 0
    include_irrelevant: bool = False
    collapse_duplicates: bool = True
    include_self: bool = True
    seed: int = 0
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()


DEFAULT_OPTIONS = SearchOptions()
"""Everything that answers, near duplicates collapsed."""
