"""Finds captions, tags and paths by their words, in any of their forms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.elements import PathText, Says
from index_data.catalogue.fragments import ACTIVE, CONFIRMED
from index_data.catalogue.pattern import matches
from index_data.catalogue.search_words import carried, has_run
from index_data.catalogue.sqlite.full_text import match_of

_TEXT_OF: dict[InstrumentedAttribute[int], ColumnElement[str] | InstrumentedAttribute[str]] = {
    schema.Caption.id: schema.Caption.text,
    schema.Tag.id: schema.Tag.name,
    schema.Place.id: PathText(schema.Place.path),
}
"""The text of each kind of row, by its key."""


def says(row: InstrumentedAttribute[int], *phrases: str) -> ColumnElement[bool]:
    """Whether a row of captions, tags or places, by its key, says one of some phrases, its words in any form."""
    runs = [phrase for phrase in phrases if has_run(phrase)]
    rest = [" ".join(phrase.split()) for phrase in phrases if phrase not in runs]
    indexed = [Says(row, _TEXT_OF[row], match_of(rest), carried("\n".join(rest)))] if rest else []
    return or_(*indexed, *(row.in_(select(row).where(_holds(row, run))) for run in runs))


def captions_saying(session: Session, words: Sequence[str], *, count: int) -> list[int]:
    """The newest active captions that say one of some words, in any form."""
    statement = select(schema.Caption.id).where(says(schema.Caption.id, *words), ACTIVE)
    return list(session.scalars(statement.order_by(schema.Caption.id.desc()).limit(count))) if words else []


def said_words(session: Session, words: Sequence[str]) -> set[str]:
    """Those of some words that a person's caption, a tag or a path says, in any form."""
    if not words or not _any_said(session, words):
        return set()
    if len(words) == 1:
        return set(words)
    # Of many words few are said, if any: halves of which none is are asked for once.
    middle = len(words) // 2
    return said_words(session, words[:middle]) | said_words(session, words[middle:])


def _any_said(session: Session, words: Sequence[str]) -> bool:
    rows = ((schema.Caption.id, CONFIRMED), (schema.Tag.id, true()), (schema.Place.id, true()))
    return any(session.scalar(select(row).where(says(row, *words), kept).limit(1)) is not None for row, kept in rows)


def _holds(row: InstrumentedAttribute[int], part: str) -> ColumnElement[bool]:
    """Whether the text of a row has a part, of a script in which words have no ends that the index could know."""
    return matches(_TEXT_OF[row], re.sub(r"[*?]+", " ", part).strip())
