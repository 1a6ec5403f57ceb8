"""The inner products of a question with all photographs, of which most need only be bounded.

Axis legend: N photographs, C candidates.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from search.engine.features import Array

Rows = NDArray[np.int64]

WIDER = 4
"""Times as many products are computed first as are wanted: the more, the nearer is what the last of them is worth to
what it is worth in the end, and of fewer others must be known more."""


class Similarity:
    """What the products do not exceed, which are computed where it matters.

    Attributes:
        most: The product of each photograph, or what it does not exceed (N,), float32.
    """

    def __init__(self, most: Array, compute: Callable[[Rows], Array] | None = None) -> None:
        """Takes products or bounds (N,), float32, and what gives the products (C,) of rows (C,); none for products."""
        self.most = most
        self._compute = compute
        self._computed = None if compute is None else np.zeros(len(most), bool)

    def of(self, rows: Rows) -> Array:
        """The products (C,), float32, of photographs (C,), int64."""
        if self._compute is not None and self._computed is not None:
            missing = rows[~self._computed[rows]]
            if len(missing):
                self.most[missing] = self._compute(missing)
                self._computed[missing] = True
        return self.most[rows]

    def best(self, rows: Rows, count: int, worth: Callable[[Rows], Array]) -> Rows:
        """Those `count` of some photographs (C,), int64, that are worth the most, in no order; all if there are fewer.

        Args:
            rows: In any order.
            count: At least 1.
            worth: What photographs are worth by `most`, (any,) of (any,); the more, the more similar they are.
        """
        if len(rows) <= count:
            return rows
        values = worth(rows)
        if self._computed is not None:
            first = rows[_highest(values, min(WIDER * count, len(rows)))]
            self.of(first)
            # So many are worth at least this; what may be worth as much is computed, too.
            rows = rows[values >= np.partition(worth(first), -count)[-count]]
            self.of(rows)
            values = worth(rows)
        top: Rows = rows[_highest(values, count)]
        return top


def _highest(values: Array, count: int) -> Rows:
    """The places (count,), int64, of the highest values (any,), float32, in no order."""
    places: Rows = np.argpartition(values, -count)[-count:]
    return places
