"""The inner products of a question with all photographs, of which most need only be bounded.

Two ways to bound them: what is compared with every photograph, exactly or along leading axes, and what an inverted file
names the nearest of, which bounds all others by the last that it named.

Axis legend: N photographs, C candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.engine.features import Array

Rows = NDArray[np.int64]

WIDER = 4
"""Times as many products are computed first as are wanted: the more, the nearer is what the last of them is worth to
what it is worth in the end, and of fewer others must be known more."""


Worth = Callable[[Rows], Array]
"""What photographs (any,) are worth by `most`, (any,); the more, the more similar they are."""


class Similarity:
    """What the products do not exceed, which are computed where it matters.

    Attributes:
        rows: The photographs that may be found (any,), int64, rising.
        most: The product of each photograph, or what it does not exceed (N,), float32.
        beyond: What the product of none that is not in `rows` exceeds.
    """

    beyond = -1.0

    def __init__(self, rows: Rows, most: Array, compute: Callable[[Rows], Array] | None = None) -> None:
        """Takes photographs, products or bounds, and what gives the products (C,) of rows (C,); none for products."""
        self.rows = rows
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

    def computed(self, rows: Rows) -> bool:
        """Whether the products of all of photographs (C,), int64, are computed."""
        return self._computed is None or bool(self._computed[rows].all())

    def tell(self, rows: Rows) -> None:
        """Sees to it that `most` tells of photographs (C,), int64, what is as good as their products."""
        self.of(rows)

    def best(self, rows: Rows, count: int, worth: Worth) -> Rows:
        """Those `count` of some photographs (C,), int64, that are worth the most, in no order; all if there are fewer.

        Args:
            rows: In any order.
            count: At least 1.
            worth: By which they are compared.
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

    def likeliest(self, rows: Rows, count: int, worth: Worth, *, least: Callable[[], float]) -> tuple[Rows, float]:
        """The same, in no order, and what none of the others is worth more than.

        Args:
            rows: In any order.
            count: At least 1.
            worth: By which they are compared.
            least: What photographs that are not worth more than this are left out by, too, where that is quicker.
        """
        best = self.best(rows, count, worth)
        return best, float(worth(best).min(initial=np.inf))


class Named(NamedTuple):
    """What an inverted file named.

    Attributes:
        rows: Photographs (C,), int64, in no order.
        scores: What their products do not exceed (C,), float32.
        last: What the product of none of the others exceeds; -1 where there are none.
        computed: Whether the scores are their products.
    """

    rows: Rows
    scores: Array
    last: float
    computed: bool


class ListedSimilarity:
    """The same, where an inverted file names photographs; attributes and methods are those of `Similarity`."""

    def __init__(
        self,
        photographs: int,
        count: int,
        *,
        name: Callable[[Rows | None, int], Named],
        compute: Callable[[Rows], Array],
    ) -> None:
        """Has the nearest named.

        Args:
            photographs: N.
            count: How many of them.
            name: Names so many of some photographs (any,), int64, or of all.
            compute: Gives the products (C,), float32, of photographs (C,), int64.
        """
        self._name, self._compute = name, compute
        self._computed, self._told = np.zeros(photographs, bool), np.zeros(photographs, bool)
        named = name(None, count)
        self.most = np.full(photographs, np.inf, np.float32)
        self._take(named, slice(None))
        self.rows, self.beyond = np.sort(named.rows), named.last

    def _take(self, named: Named, among: Rows | slice) -> None:
        """Learns what was named among photographs (any,), int64."""
        former = self.most[named.rows]
        self.most[among] = np.minimum(self.most[among], named.last)
        self.most[named.rows] = named.scores if named.computed else np.minimum(former, named.scores)
        self._told[named.rows] = True
        self._computed[named.rows] |= named.computed

    def of(self, rows: Rows) -> Array:
        """The products (C,), float32, of photographs (C,), int64."""
        missing = rows[~self._computed[rows]]
        if len(missing):
            self.most[missing] = self._compute(missing)
            self._computed[missing] = self._told[missing] = True
        return self.most[rows]

    def computed(self, rows: Rows) -> bool:
        """Whether the products of all of photographs (C,), int64, are computed."""
        return bool(self._computed[rows].all())

    def tell(self, rows: Rows) -> None:
        """Computes the products of those of some photographs (C,), int64, that the inverted file did not name."""
        self.of(rows[~self._told[rows]])

    def best(self, rows: Rows, count: int, worth: Worth) -> Rows:
        """Those `count` of some photographs (C,), int64, that may be worth the most, in no order."""
        return rows if len(rows) <= count else rows[_highest(worth(rows), count)]

    def likeliest(self, rows: Rows, count: int, worth: Worth, *, least: Callable[[], float]) -> tuple[Rows, float]:
        """The same, and what none of the others is worth more than; the nearest of those that are likely are named."""
        values = worth(rows)
        are_likely = values > least()
        likely = rows[are_likely]
        if len(likely) > count:
            self._take(self._name(likely, WIDER * count), likely)
        # How far the strongest answer is asked of those, too, that are not likely to come first.
        known = are_likely | self._told[rows]
        last = float(values[~known].max(initial=-np.inf))
        best = self.best(rows[known], count, worth)
        left_out = np.ones(len(self.most), bool)
        left_out[best] = False
        others = rows[known & left_out[rows]]
        return best, max(last, float(worth(others).max(initial=-np.inf)))


Bounded = Similarity | ListedSimilarity


def _highest(values: Array, count: int) -> Rows:
    """The places (count,), int64, of the highest values (any,), float32, in no order."""
    places: Rows = np.argpartition(values, -count)[-count:]
    return places
