"""Which photographs each of many words, tags, formats or folders stands for.

Axis legend: N photographs, U different words, P pairs of word and photograph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index_data.columns.stems import Numbering, number_of

Rows = NDArray[np.int32]

Integer = TypeVar("Integer", bound=np.integer[Any])

_ROW_BITS = 32
_ROW = (1 << _ROW_BITS) - 1


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
    """Collects the lists of one group of photographs after another."""

    def __init__(self) -> None:
        self._words: list[NDArray[np.uint64]] = [np.empty(0, np.uint64)]
        self._keys: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        self._weights: list[NDArray[np.float32]] = [np.empty(0, np.float32)]
        self._names: dict[int, str] = {}

    def add(
        self,
        words: NDArray[np.uint64],
        rows: NDArray[np.int64],
        places: NDArray[np.int64],
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        """Adds what photographs have that were not there before; of a pair that comes again the greatest weight.

        Args:
            words: Their numbers (U,), uint64, each once.
            rows: Of the photographs, of each pair (P,), int64, in any order.
            places: Of its word among the words (P,), int64.
            weights: Of each pair (P,), float32; told always or never.
        """
        keys = (places << _ROW_BITS) | rows
        if weights is None:
            keys = each_once(keys)
        else:
            order = np.lexsort((weights, keys))
            keys, weights = keys[order], weights[order]
            last = np.append(keys[1:] != keys[:-1], True)[: len(keys)]
            keys = keys[last]
            self._weights.append(weights[last])
        self._words.append(words)
        self._keys.append(keys)

    def add_named(self, rows: NDArray[np.int64], names: Sequence[str]) -> None:
        """Adds a word to each of some photographs (P,), int64, by what it is."""
        numbering = Numbering()
        places = numbering.of(names)
        numbers = [number_of(name) for name in numbering]
        self._names.update(zip(numbers, numbering, strict=True))
        self.add(np.array(numbers, np.uint64), rows, places)

    def made(self, *, weighted: bool = False) -> Postings:
        """All that was collected; the weights are told where `weighted`."""
        words = each_once(np.concatenate(self._words))
        parts = zip(self._words, self._keys, strict=True)
        keys = np.concatenate([_renumbered(keys, np.searchsorted(words, some)) for some, keys in parts])
        if not weighted:
            return _of_keys(words, np.sort(keys), None, self._names)
        order = np.argsort(keys)
        return _of_keys(words, keys[order], np.concatenate(self._weights)[order], self._names)


def _renumbered(keys: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs (P,), int64, of words that have other places (U,), int64, now."""
    renumbered: NDArray[np.int64] = (places[keys >> _ROW_BITS] << _ROW_BITS) | (keys & _ROW)
    return renumbered


def _of_keys(
    words: NDArray[np.uint64],
    keys: NDArray[np.int64],
    weights: NDArray[np.float32] | None,
    names: Mapping[int, str],
) -> Postings:
    counts = np.bincount(keys >> _ROW_BITS, minlength=len(words))
    used = counts > 0
    starts = np.concatenate([[0], np.cumsum(counts[used])]).astype(np.int64)
    rows = (keys & _ROW).astype(np.int32)
    words = words[used]
    return Postings(words, starts, rows, weights, tuple(names[word] for word in words.tolist()) if names else ())
