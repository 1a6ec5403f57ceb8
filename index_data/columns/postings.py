"""Which photographs each of many words, tags, formats or folders stands for.

Axis legend: N photographs, U different words, P pairs of word and photograph.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]

Integer = TypeVar("Integer", bound=np.integer[Any])

_ROW_BITS = 32


def each_once(numbers: NDArray[Integer]) -> NDArray[Integer]:
    """Numbers (any,) of any integer type, rising, each once; `numpy.unique` loads masked arrays first."""
    ordered = np.sort(numbers)
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    once: NDArray[Integer] = ordered[first]
    return once


@dataclass(frozen=True, eq=False)
class Postings:
    """Lists of photographs by words.

    Attributes:
        words: Numbers of the words (U,), uint64, rising, each of at least one photograph.
        starts: Where the photographs of each word begin (U + 1,), int64; the last is P.
        rows: Rows of the photographs (P,), int32, rising within each word.
        weights: How much each counts (P,), float32; none where all count alike.
        names: What each word is (U,), where that must be known again; else empty.
    """

    words: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: Rows
    weights: NDArray[np.float32] | None = None
    names: tuple[str, ...] = ()

    def of(self, word: int) -> Rows:
        """The photographs of a word by its number: rows (any,), int32, rising."""
        return self.rows[self._span(word)]

    def weighted(self, word: int) -> tuple[Rows, NDArray[np.float32]]:
        """The same with their weights (any,), float32."""
        assert self.weights is not None
        span = self._span(word)
        return self.rows[span], self.weights[span]

    def named(self, at: int) -> Rows:
        """The photographs of the word whose name stands at a place of `names`."""
        return self.rows[self.starts[at] : self.starts[at + 1]]

    def equals(self, other: Postings) -> bool:
        """Whether these are the same lists."""
        pairs = ((self.words, other.words), (self.starts, other.starts), (self.rows, other.rows))
        weights = self.weights is None or other.weights is None or np.array_equal(self.weights, other.weights)
        return all(np.array_equal(*pair) for pair in pairs) and weights and self.names == other.names

    def _span(self, word: int) -> slice:
        at = int(np.searchsorted(self.words, np.uint64(word)))
        if at == len(self.words) or int(self.words[at]) != word:
            return slice(0, 0)
        return slice(int(self.starts[at]), int(self.starts[at + 1]))

    def merged(self, moved: Rows, others: Postings, moved_others: Rows) -> Postings:
        """These without the photographs that go, and others.

        Args:
            moved: The new row of each photograph (N,), int32, in the same order as before; -1 for one that goes.
            others: Of other photographs.
            moved_others: Their new rows (others' N,), int32, in order.
        """
        words = self._words_with(others.words)
        own, weights = self._keys(words, moved)
        new, new_weights = others._keys(words, moved_others)
        places = np.searchsorted(own, new)
        keys = np.insert(own, places, new)
        if weights is not None and new_weights is not None:
            weights = np.insert(weights, places, new_weights)
        names = dict(zip(self.words.tolist(), self.names, strict=bool(self.names)))
        names.update(zip(others.words.tolist(), others.names, strict=bool(others.names)))
        return _of_keys(words, keys, weights, names)

    def _words_with(self, others: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The words and others (any,), rising; others are few, as a rule, and to sort all again would take longest."""
        at = np.searchsorted(self.words, others)
        known = np.zeros(len(others), bool)
        inside = at < len(self.words)
        known[inside] = self.words[at[inside]] == others[inside]
        return np.insert(self.words, at[~known], others[~known])

    def _keys(self, words: NDArray[np.uint64], moved: Rows) -> tuple[NDArray[np.int64], NDArray[np.float32] | None]:
        """Every pair as one number (P,), int64, rising: the word's place among `words`, then the row."""
        places = np.repeat(np.searchsorted(words, self.words), np.diff(self.starts))
        rows = moved[self.rows]
        kept = rows >= 0
        keys = (places[kept].astype(np.int64) << _ROW_BITS) | rows[kept]
        return keys, None if self.weights is None else self.weights[kept]


class PostingsMaker:
    """Collects pairs in any order; each word of a photograph once."""

    def __init__(self) -> None:
        # Of numbers in arrays Python makes no objects, of which a million photographs have some ten million.
        self._words, self._rows, self._counts = array("Q"), array("i"), array("i")
        self._weights = array("f")
        self._names: dict[int, str] = {}

    def add(self, row: int, words: Collection[int]) -> None:
        """Adds the words of a photograph."""
        if words:
            self._words.extend(words)
            self._rows.append(row)
            self._counts.append(len(words))

    def add_weighted(self, row: int, weights: Mapping[int, float]) -> None:
        """Adds the words of a photograph with their weights, as those of all others are added."""
        self.add(row, weights)
        self._weights.extend(weights.values())

    def add_named(self, row: int, names: Mapping[int, str]) -> None:
        """Adds the words of a photograph with their names, as those of all others are added."""
        self.add(row, names)
        self._names.update(names)

    def made(self, *, weighted: bool = False) -> Postings:
        """All that was collected; the weights are told where `weighted`."""
        words, places = np.unique(np.array(self._words, np.uint64), return_inverse=True)
        rows = np.repeat(np.array(self._rows, np.int64), np.array(self._counts, np.int64))
        keys = (places.astype(np.int64) << _ROW_BITS) | rows
        order = np.argsort(keys, kind="stable")
        weights = np.array(self._weights, np.float32)[order] if weighted else None
        return _of_keys(words, keys[order], weights, self._names)


def _of_keys(
    words: NDArray[np.uint64],
    keys: NDArray[np.int64],
    weights: NDArray[np.float32] | None,
    names: Mapping[int, str],
) -> Postings:
    counts = np.bincount(keys >> _ROW_BITS, minlength=len(words))
    used = counts > 0
    starts = np.concatenate([[0], np.cumsum(counts[used])]).astype(np.int64)
    rows = (keys & ((1 << _ROW_BITS) - 1)).astype(np.int32)
    words = words[used]
    return Postings(words, starts, rows, weights, tuple(names[word] for word in words.tolist()) if names else ())
