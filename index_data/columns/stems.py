"""The stems of texts, and the numbers by which columns know them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from captioning.text.out_of_vocabulary import stem
from index_data.catalogue.search_words import compounds, word_forms


class Numbering(dict[str, int]):
    """Numbers words in the order in which they are first asked for."""

    def __missing__(self, word: str) -> int:
        """The next number, for a word that has none."""
        number = self[word] = len(self)
        return number

    def of(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The numbers of words (any,), int64."""
        return np.fromiter(map(self.__getitem__, words), np.int64, len(words))


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The stems of all words of texts, in every form in which somebody may ask for them."""
    return frozenset[str]().union(*(_stems(compound) for text in texts for compound in compounds(text)))


@lru_cache(maxsize=100_000)
def number_of(text: str) -> int:
    """The number of a stem, or of any other text: 64 bits of its BLAKE2b."""
    return int.from_bytes(_digest(text), "little")


def numbers_of_all(texts: Iterable[str]) -> NDArray[np.uint64]:
    """The same of many texts that hardly come again: (any,), uint64."""
    return np.frombuffer(b"".join(map(_digest, texts)), "<u8").astype(np.uint64, copy=False)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


@lru_cache(maxsize=100_000)
def _stems(compound: str) -> frozenset[str]:
    return frozenset(map(stem, word_forms(compound)))


@lru_cache(maxsize=100_000)
def numbers_of_compound(compound: str) -> frozenset[int]:
    """The numbers of the stems of one of the `compounds` of a text."""
    return frozenset(map(number_of, _stems(compound)))
