"""SQLite's full-text index (FTS5) over the words of captions, tags and paths."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, TableClause, cast, column, literal, or_, select, table, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import ACTIVE, CONFIRMED
from index_data.catalogue.search_words import has_run, spellings
from index_data.catalogue.sqlite.pattern import matches

# SQLite's full-text index over the words of each text, kept true by triggers that a migration makes. A migration that
# rebuilds `caption`, `tag` or `place` must make their triggers again.
CAPTION_WORDS = table("caption_words", column("rowid"), column("caption_words"), column("rank"))
TAG_WORDS = table("tag_words", column("rowid"), column("tag_words"), column("rank"))
PLACE_WORDS = table("place_words", column("rowid"), column("place_words"), column("rank"))
WORD_TABLES = (CAPTION_WORDS, TAG_WORDS, PLACE_WORDS)


def is_word_table(name: str) -> bool:
    """Whether a table is one of these, or one in which SQLite keeps it."""
    return name.startswith(tuple(words.name for words in WORD_TABLES))


_TABLE_OF: dict[InstrumentedAttribute[int], TableClause] = dict(
    zip((schema.Caption.id, schema.Tag.id, schema.Place.id), WORD_TABLES, strict=True)
)
"""The full-text table that holds the words of the rows of each table, by that table's key."""

_TEXT_OF: dict[InstrumentedAttribute[int], ColumnElement[str]] = {
    schema.Caption.id: cast(schema.Caption.text, String),
    schema.Tag.id: cast(schema.Tag.name, String),
    schema.Place.id: cast(schema.Place.path, String),
}
"""The texts themselves, likewise."""


def says(row: InstrumentedAttribute[int], *phrases: str) -> ColumnElement[bool]:
    """Whether a row of captions, tags or places, by its key, says one of some phrases, its words in any form."""
    words = _TABLE_OF[row]
    runs = [phrase for phrase in phrases if has_run(phrase)]
    match = " OR ".join(_spelled(phrase) for phrase in phrases if phrase not in runs)
    indexed = [row.in_(select(words.c.rowid).where(_match(words, match)))] if match else []
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


def captions_by_bm25(session: Session, words: Sequence[str], *, count: int) -> list[int]:
    """Images by the BM25 of their active captions, best first."""
    match = _match(CAPTION_WORDS, " OR ".join(map(_quoted, words)))
    ranked = (
        select(schema.Caption.image_id)
        .join(CAPTION_WORDS, CAPTION_WORDS.c.rowid == schema.Caption.id)
        .where(match, ACTIVE)
        .order_by(CAPTION_WORDS.c.rank)
    )
    return list(session.scalars(ranked.limit(count))) if words else []


def _match(words: TableClause, query: str) -> ColumnElement[bool]:
    return words.c[words.name].op("MATCH", is_comparison=True)(literal(query))


def _holds(row: InstrumentedAttribute[int], part: str) -> ColumnElement[bool]:
    """Whether the text of a row has a part, of a script in which words have no ends that the index could know."""
    return matches(_TEXT_OF[row], re.sub(r"[*?]+", " ", part).strip())


def _spelled(phrase: str) -> str:
    """A phrase in all its spellings, as FTS5 takes it."""
    return "({})".format(" OR ".join(map(_quoted, spellings(phrase))))


def _quoted(phrase: str) -> str:
    """A phrase as FTS5 takes it: what stands between its quotation marks has no meaning of its own."""
    # Half characters, as of a path that is not UTF-8, and the end of a C string are no part of any word.
    said = phrase.encode("utf-8", "ignore").decode().replace("\0", " ")
    return '"{}"'.format(said.replace('"', " "))
