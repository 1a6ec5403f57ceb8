"""The inner products of a question with all photographs, of which most need only be bounded.

Axis legend: N photographs, C candidates.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from search.engine.features import Array

Rows = NDArray[np.int64]


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
        first = rows[np.argpartition(values, -count)[-count:]]
        if self._computed is None or self._computed[first].all():
            return first
        self.of(first)
        # So many are worth at least this; what may be worth as much is computed, too.
        likely = rows[values >= worth(first).min()]
        self.of(likely)
        top: Rows = likely[np.argpartition(worth(likely), -count)[-count:]]
        return top
