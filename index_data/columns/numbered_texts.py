"""The stems of many texts at once, as numbers.

Axis legend: T texts, U different stems, P pairs of text and stem.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index_data.catalogue.search_words import ASCII_COMPOUND, compounds, plain
from index_data.columns.postings import each_once
from index_data.columns.stems import Numbering, numbers_of_all, numbers_of_compound

_END = "\n"
_COMPOUND_OR_END = re.compile(f"{ASCII_COMPOUND.pattern}|{_END}")


class NumberedTexts(NamedTuple):
    """The stems of texts: what `stems.stems_of` gives for each of them.

    Attributes:
        numbers: Of the different stems (U,), uint64, rising.
        stems: Of each pair the place of its stem among these (P,), int64.
        texts: Of each pair its text (P,), int64, in no order; a pair may come again.
    """

    numbers: NDArray[np.uint64]
    stems: NDArray[np.int64]
    texts: NDArray[np.int64]


def numbered_texts(texts: Sequence[str]) -> NumberedTexts:
    """The stems of texts (T,)."""
    numbering = Numbering({_END: 0})
    alone = [at for at, text in enumerate(texts) if not text.isascii() or _END in text]
    together = list(texts)
    for at in alone:
        together[at] = ""
    # Looked through as one text: to begin anew with each takes longer than to find its words.
    words = numbering.of(_COMPOUND_OR_END.findall(plain(_END.join(together))))
    ends = words == 0
    owners, words = np.cumsum(ends)[~ends], words[~ends]
    if alone:
        others = [compounds(texts[at]) for at in alone]
        owners = np.append(owners, np.repeat(np.array(alone, np.int64), [len(part) for part in others]))
        words = np.append(words, numbering.of(list(chain.from_iterable(others))))
    known = list(numbering)
    # As in most names that cameras give: a number is its own stem, has no other form, and hardly comes again.
    figures = np.array([word.isdecimal() and word.isascii() for word in known], bool)
    forms = [numbers_of_compound(word) for word in compress(known[1:], ~figures[1:])]
    counts = np.ones(len(known), np.int64)
    counts[~figures] = [0, *map(len, forms)]
    all_numbers = np.empty(counts.sum(), np.uint64)
    is_figure = np.repeat(figures, counts)
    all_numbers[is_figure] = numbers_of_all(compress(known, figures))
    all_numbers[~is_figure] = np.fromiter(chain.from_iterable(forms), np.uint64)
    numbers = each_once(all_numbers)
    lengths = counts[words]
    # Where the stems of each word that stands in a text begin among those of all, less those before it.
    starts = (np.cumsum(counts) - counts)[words] - (np.cumsum(lengths) - lengths)
    stems = np.searchsorted(numbers, all_numbers)[np.repeat(starts, lengths) + np.arange(lengths.sum())]
    return NumberedTexts(numbers, stems, np.repeat(owners, lengths))
