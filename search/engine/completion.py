"""Completes the word at the cursor from words that are known: a vocabulary, the tags or the albums of a library."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
_BEFORE = re.compile(rf"[^\W_]+(?:['{_CURLY}][^\W_]+)*$")
_AFTER = re.compile(r"[^\W_]")

SHORTEST = 2
"""Characters that must stand before the cursor: one letter fits too much."""


_ALBUM = re.compile(r'(?:^|\s)-?album:(?:"(?P<quoted>[^"]*)|(?P<plain>[^\s"]+))$', re.IGNORECASE)


def asks_album(query: str) -> bool:
    """Whether a query ends in the beginning of an album's name, so that `with_album` may have something to say."""
    return _ALBUM.search(query) is not None


def with_album(query: str, names: Iterable[str]) -> str | None:
    """A query with the name of an album at its end completed, as far as it needs no more quotation marks than it has.

    Args:
        query: Up to the cursor.
        names: Of albums, those first that are preferred.

    Returns:
        The whole query; none where no name begins so.
    """
    match = _ALBUM.search(query)
    if match is None:
        return None
    quoted = match["quoted"] is not None
    begun = match["quoted"] if quoted else match["plain"]
    fitting = (
        name
        for name in names
        if name.casefold().startswith(begun.casefold())
        and name.casefold() != begun.casefold()
        and (quoted or not re.search(r"\s", name))
    )
    name = next(fitting, None)
    return None if name is None else query + name[len(begun) :] + '"' * quoted


class Completer:
    """Knows words by how usual they are, and finds those that begin as asked without looking at all of them."""

    def __init__(self, words: Iterable[str], *, whole: bool = False) -> None:
        """Takes words, the most usual first.

        Args:
            words: Which of them stand twice counts as the earlier.
            whole: Complete what stands after the last comma, blanks and all, as for tags; else a single word.
        """
        self._whole = whole
        rank: dict[str, int] = {}
        for word in words:
            rank.setdefault(word, len(rank))
        self._sorted = sorted((word.casefold(), place, word) for word, place in rank.items())

    def endings(self, text: str, cursor: int, *, count: int = 6) -> list[str]:
        """What the word at the cursor may become, the most usual first; nothing inside a word.

        Args:
            text: What has been written.
            cursor: Characters before it.
            count: How many at most.
        """
        beginning = self.beginning(text, cursor)
        if len(beginning) < (1 if self._whole else SHORTEST) or (cursor < len(text) and _AFTER.match(text[cursor])):
            return []
        folded = beginning.casefold()
        at = bisect_left(self._sorted, (folded,))
        fitting = []
        while at < len(self._sorted) and self._sorted[at][0].startswith(folded):
            if self._sorted[at][0] != folded:
                fitting.append(self._sorted[at][1:])
            at += 1
        return [word for _, word in sorted(fitting)[:count]]

    def completed(self, text: str, cursor: int, word: str) -> tuple[str, int]:
        """The text with the word at the cursor replaced by another, and where the cursor is then."""
        start = cursor - len(self.beginning(text, cursor))
        return text[:start] + word + text[cursor:], start + len(word)

    def beginning(self, text: str, cursor: int) -> str:
        """The part of a word that stands before the cursor."""
        before = text[:cursor]
        if self._whole:
            return before.rpartition(",")[2].lstrip(" -")
        match = _BEFORE.search(before)
        return match[0] if match else ""
