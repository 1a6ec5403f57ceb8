"""How much of a query's words is said of every photograph, told from lists of photographs by words.

Axis legend: N photographs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index_data.columns.columns import Columns
from index_data.columns.postings import Rows, each_once
from index_data.columns.stems import number_of
from search.engine.document_terms import QueryTerm

Shares = NDArray[np.float32]

TEXTS = ("proposed", "confirmed", "paths")
"""The lists of words that stand in texts; keywords stand in none."""


class WordShares:
    """What shares of a query's weight are said of N photographs.

    Attributes:
        proposed: In captions of models that nobody judged: (N,), float32, in [0, 1].
        confirmed: In a person's captions and tags.
        paths: In folder and file names.
        keywords: By keywords, each counted with its probability.
        said: Of which photographs anything is said (N,), bool.
        speaking: Names of those lists that say anything at all.
    """

    def __init__(self, columns: Columns, terms: Sequence[QueryTerm]) -> None:
        """Looks up the words of a query."""
        numbers = {stem: number_of(stem) for term in terms for stem in term.stems}
        total = sum(term.weight for term in terms) or 1.0
        # Of most questions some kind of text says nothing anywhere.
        self.proposed = self.confirmed = self.paths = self.keywords = columns.nothing
        self.said = np.zeros(len(columns), bool)
        self.speaking: set[str] = set()
        for term in terms:
            share = np.float32(term.weight / total)
            words = [numbers[stem] for stem in term.stems]
            for name in TEXTS:
                rows = _rows(columns, name, words)
                if len(rows):
                    self._of(name)[rows] += share
                    self.said[rows] = True
            rows, chances = _likeliest(columns, words)
            if len(rows):
                self._of("keywords")[rows] += share * chances
                self.said[rows] = True

    def _of(self, name: str) -> Shares:
        """The shares of a list that says something, to be added to."""
        if name not in self.speaking:
            self.speaking.add(name)
            setattr(self, name, np.zeros(len(self.said), np.float32))
        shares: Shares = getattr(self, name)
        return shares


def text_shares(columns: Columns, terms: Sequence[QueryTerm]) -> Shares:
    """The shares (N,), float32, in [0, 1], of a query's weight that captions, tags and paths say together."""
    total = sum(term.weight for term in terms) or 1.0
    shares = np.zeros(len(columns), np.float32)
    for term in terms:
        shares[_in_texts(columns, term)] += np.float32(term.weight / total)
    return shares


def said_by_people(columns: Columns, terms: Sequence[QueryTerm]) -> NDArray[np.bool_]:
    """Whose captions by people and tags say every word as it was asked (N,), bool; of no words none do."""
    said = np.full(len(columns), bool(terms))
    for term in terms:
        said &= _marked(columns, _rows(columns, "confirmed", [number_of(stem) for stem in term.own_stems]))
    return said


def saying_all(columns: Columns, terms: Sequence[QueryTerm]) -> NDArray[np.bool_]:
    """Whose captions, tags and paths together say every word (N,), bool; of no words none does."""
    said = np.full(len(columns), bool(terms))
    for term in terms:
        said &= _marked(columns, _in_texts(columns, term))
    return said


def _marked(columns: Columns, rows: Rows) -> NDArray[np.bool_]:
    mask = np.zeros(len(columns), bool)
    mask[rows] = True
    return mask


def _in_texts(columns: Columns, term: QueryTerm) -> Rows:
    words = [number_of(stem) for stem in term.stems]
    return each_once(np.concatenate([_rows(columns, name, words) for name in TEXTS]))


def _likeliest(columns: Columns, words: Sequence[int]) -> tuple[Rows, Shares]:
    """The photographs with one or another of some keywords, each once, with the probability of its likeliest."""
    parts = [columns.lists["keywords"].weighted(word) for word in words]
    if len(parts) == 1:
        return parts[0]
    rows, places = np.unique(np.concatenate([rows for rows, _ in parts]), return_inverse=True)
    chances = np.zeros(len(rows), np.float32)
    np.maximum.at(chances, places, np.concatenate([chances for _, chances in parts]))
    return rows, chances


def _rows(columns: Columns, name: str, words: Sequence[int]) -> Rows:
    """The photographs of one or another of some words, each once: rows (any,), int32."""
    rows = [part for part in (columns.lists[name].of(word) for word in words) if len(part)]
    return each_once(np.concatenate([np.empty(0, np.int32), *rows])) if len(rows) != 1 else rows[0]
