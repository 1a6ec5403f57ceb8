"""Counts the runs of words on which BLEU and CIDEr-D stand."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from captioning.metrics.inputs import Words

NGram: TypeAlias = tuple[str, ...]
"""A run of words; its order is its length."""

MAX_ORDER = 4
"""Both measures use runs of one to four words."""


def count_ngrams(sentence: Words) -> Counter[NGram]:
    """Counts each run of 1 to `MAX_ORDER` words in a sentence.

    Args:
        sentence: Words in order.

    Returns:
        How often each run occurs; runs of all orders share the one counter.
    """
    counts: Counter[NGram] = Counter()
    for order in range(1, MAX_ORDER + 1):
        counts.update(zip(*(sentence[start:] for start in range(order)), strict=False))
    return counts
