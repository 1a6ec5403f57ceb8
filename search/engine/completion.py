"""Completes the word at the cursor from words that are known: the model's vocabulary, or the tags of a library."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
_BEFORE = re.compile(rf"[^\W_]+(?:['{_CURLY}][^\W_]+)*$")
_AFTER = re.compile(r"[^\W_]")

SHORTEST = 2
"""Characters that must stand before the cursor: one letter fits too much."""


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
