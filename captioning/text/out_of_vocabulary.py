"""Finds words that a model knows for words it never learnt: another form, a slip of the pen, a near meaning."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Literal

from captioning.vocabulary import Vocabulary

NEIGHBOURS = Path(__file__).parents[1] / "weights" / "neighbours.txt.gz"
"""Common words, each with the caption words nearest in meaning; made by `captioning.training.near_meanings`."""

ONE_SLIP_FROM, TWO_SLIPS_FROM = 4, 8
"""Letters from which a word may hold one slip, and two; shorter words are too like each other."""

Relation = Literal["form", "meaning", "spelling"]


@dataclass(frozen=True, slots=True)
class Substitute:
    """What is read instead of a word.

    Attributes:
        word: As it was asked.
        known: Words of the vocabulary, nearest first; their vectors are averaged.
        relation: How they are related to the word.
    """

    word: str
    known: tuple[str, ...]
    relation: Relation


class OutOfVocabularyWords:
    """Substitutes for the words outside one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, neighbours: Mapping[str, Sequence[str]] | None = None) -> None:
        """Takes the words that are known, and the table of near meanings, the shipped one without."""
        self._vocabulary = vocabulary
        self._given = neighbours
        # A query asks for each of its words several times, and somebody who types asks again with every key.
        self._substitute = lru_cache(maxsize=4096)(self._find)

    def substitute(self, word: str) -> Substitute | None:
        """What may stand for a word, lower case, that is not in the vocabulary; none where nothing comes close."""
        return self._substitute(word)

    def _find(self, word: str) -> Substitute | None:
        if near := self._near(word):
            return Substitute(word, near, "meaning")
        if form := self._form(word):
            return Substitute(word, (form,), "form")
        if word in self._neighbours:
            # A word of the language that no caption word comes close to is no slip for one either.
            return None
        slip = self._spelling(word)
        if slip is None:
            return None
        return Substitute(word, (slip,) if slip in self._vocabulary else self._near(slip), "spelling")

    def _near(self, word: str) -> tuple[str, ...]:
        return tuple(near for near in self._neighbours.get(word, ()) if near in self._vocabulary)

    def _form(self, word: str) -> str | None:
        """The most frequent known word of the same stem."""
        wanted = stem(word)
        return next((known for known in self._alike.get(word[:3], ()) if stem(known) == wanted), None)

    @cached_property
    def _alike(self) -> Mapping[str, Sequence[str]]:
        """The known words by how they begin, the most frequent first."""
        alike: dict[str, list[str]] = {}
        for known in self._vocabulary.words:
            alike.setdefault(known[:3], []).append(known)
        return alike

    def _spelling(self, word: str) -> str | None:
        """The word fewest slips away: a letter too many, too few, another, or two changed about."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        slips = (len(word) >= ONE_SLIP_FROM) + (len(word) >= TWO_SLIPS_FROM)
        if not slips or not word.isalpha():
            return None
        # Of equals the first is taken: caption words, frequent ones first, stand before the other words.
        nearest = process.extractOne(word, self._spelled, scorer=OSA.distance, score_cutoff=slips)
        return None if nearest is None else str(nearest[0])

    @cached_property
    def _spelled(self) -> list[str]:
        others = (word for word in self._neighbours if self._near(word))
        return [*(word for word in self._vocabulary.words if len(word) >= ONE_SLIP_FROM), *others]

    @cached_property
    def _neighbours(self) -> Mapping[str, Sequence[str]]:
        return _shipped_neighbours() if self._given is None else self._given


@cache
def _shipped_neighbours() -> Mapping[str, Sequence[str]]:
    """The shipped table, once for all models of the process."""
    return read_neighbours()


def read_neighbours(path: Path = NEIGHBOURS) -> dict[str, tuple[str, ...]]:
    """Reads a table of near meanings: in each line a word and the words near it, nearest first, if there are any."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = (line.split() for line in stream)
        return {row[0]: tuple(row[1:]) for row in rows if row}


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """What all forms of an English word have in common, by Porter's second algorithm."""
    return str(_stemmer().stemWord(word))


@cache
def _stemmer():  # type: ignore[no-untyped-def]
    import Stemmer

    return Stemmer.Stemmer("english", maxCacheSize=0)
