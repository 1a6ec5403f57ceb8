"""How much sentences agree by the runs of words that they share, whatever wrote them."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from captioning.vocabulary import PAD

_ORDERS = range(1, 5)
"""Lengths of the runs of words that sentences are compared by."""


def agreements(rows: list[list[int]]) -> list[float]:
    """How like each of S sentences is to the others, in [0, 1]: the mean Dice coefficient of their word runs."""
    said = [row[: row.index(PAD)] if PAD in row else row for row in rows]
    runs = [[Counter(zip(*(ids[n:] for n in range(order)), strict=False)) for order in _ORDERS] for ids in said]
    totals = [0.0] * len(rows)
    for one, other in combinations(range(len(rows)), 2):
        alike = 0.0
        for mine, theirs in zip(runs[one], runs[other], strict=True):
            both = mine.total() + theirs.total()
            alike += 2 * (mine & theirs).total() / both if both else 0.0
        totals[one] += alike / len(_ORDERS)
        totals[other] += alike / len(_ORDERS)
    return [total / max(1, len(rows) - 1) for total in totals]
