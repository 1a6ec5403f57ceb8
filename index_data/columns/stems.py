"""The stems of texts, and the numbers by which columns know them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from captioning.text.out_of_vocabulary import stem
from index_data.catalogue.search_words import compounds, word_forms


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The stems of all words of texts, in every form in which somebody may ask for them."""
    return frozenset[str]().union(*(_stems(compound) for text in texts for compound in compounds(text)))


def numbers_of(texts: Iterable[str]) -> frozenset[int]:
    """The numbers of the same stems."""
    return frozenset[int]().union(*(_numbers(compound) for text in texts for compound in compounds(text)))


@lru_cache(maxsize=100_000)
def number_of(text: str) -> int:
    """The number of a stem, or of any other text: 64 bits of its BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@lru_cache(maxsize=100_000)
def _stems(compound: str) -> frozenset[str]:
    return frozenset(map(stem, word_forms(compound)))


@lru_cache(maxsize=100_000)
def _numbers(compound: str) -> frozenset[int]:
    if compound.isascii() and compound.isdecimal():
        # As of most names that cameras give: a number is its own stem, and has no other form.
        return frozenset((number_of(compound),))
    return frozenset(map(number_of, _stems(compound)))
