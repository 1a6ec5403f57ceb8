"""SQLite's full-text index (FTS5) over the words of captions, tags and paths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from index_data.catalogue.search_words import spellings

WORD_TABLES: Final = ("caption_words", "tag_words", "place_words")
"""Each named by the table whose words it holds, and kept true by triggers that a migration makes.

A migration that rebuilds `caption`, `tag` or `place` must make their triggers again.
"""


def is_word_table(name: str) -> bool:
    """Whether a table is one of these, or one in which SQLite keeps it."""
    return name.startswith(WORD_TABLES)


def match_of(phrases: Iterable[str]) -> str:
    """What FTS5 matches with texts that say one of some phrases, in any of their spellings."""
    return " OR ".join("({})".format(" OR ".join(map(_quoted, spellings(phrase)))) for phrase in phrases)


def _quoted(phrase: str) -> str:
    """A phrase as FTS5 takes it: what stands between its quotation marks has no meaning of its own."""
    # Half characters, as of a path that is not UTF-8, and the end of a C string are no part of any word.
    said = phrase.encode("utf-8", "ignore").decode().replace("\0", " ")
    return '"{}"'.format(said.replace('"', " "))
