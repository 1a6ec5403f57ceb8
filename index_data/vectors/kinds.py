"""Chooses how vectors are searched: exactly, by an inverted file, or by an inverted file of compressed vectors.

The rules come from `benchmarks/vectors.py`, whose table stands beside it in `vectors.md`; the environment variable
`IMGSEARCH_INDEX` overrules them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from index_data.errors import IndexKindError

ENVIRONMENT_VARIABLE = "IMGSEARCH_INDEX"
EXACT = "flat"
"""The kind in which every vector is compared."""

NAMES = (EXACT, "ivf", "ivf-sq8", "ivf-sq4")

ROUNDING = {EXACT: 0.0, "ivf": 0.0, "ivf-sq8": 0.002, "ivf-sq4": 0.03}
"""See `IndexKind.rounding`."""

EXACT_UP_TO = 50_000
"""Vectors that are compared one by one in some twelve milliseconds; below it nothing else is worth its inexactness."""

MEMORY = 1 << 30
"""Bytes of uncompressed vectors up to which all are compared where FAISS is missing."""

QUANTISED_MEMORY = 16 << 30
"""Bytes of uncompressed vectors above which each number takes half a byte, which loses a quarter of the ten nearest.

Product quantisation, at a quarter of a byte, lost a third and learnt for minutes what this learns in one.
"""


@dataclass(frozen=True, slots=True)
class IndexKind:
    """How vectors are kept and searched.

    Attributes:
        name: One of `NAMES`.
        factory: FAISS's description, for `faiss.index_factory`.
        lists: Lists of the inverted file; 0 without one.
        probes: Lists that a question looks into.
    """

    name: str
    factory: str
    lists: int = 0
    probes: int = 0

    @property
    def rounding(self) -> float:
        """What compression changes the product of two unit vectors by at most, as a rule."""
        return ROUNDING[self.name]


ALL_COMPARED = IndexKind(EXACT, "IDMap2,Flat")
"""The one kind that needs no FAISS."""


def choose_kind(count: int, dimension: int, environment: Mapping[str, str] = os.environ) -> IndexKind:
    """The kind for so many vectors of a size.

    Raises:
        IndexKindError: `IMGSEARCH_INDEX` names no kind.
    """
    name = environment.get(ENVIRONMENT_VARIABLE) or _by_rule(count, dimension)
    if name not in NAMES:
        raise IndexKindError(f"{ENVIRONMENT_VARIABLE} is {name!r}; known kinds are {', '.join(NAMES)}")
    if name == EXACT or not count:
        return ALL_COMPARED
    # Two roots of the count: four, which FAISS's guide names first, take two and a half times as long to learn.
    lists = max(1, min(2 * math.isqrt(count), count // 39))
    stored = {"ivf": "Flat", "ivf-sq8": "SQ8", "ivf-sq4": "SQ4"}[name]
    return IndexKind(name, f"IVF{lists},{stored}", lists, probes_of(lists))


def probes_of(lists: int) -> int:
    """Lists that a question looks into, of so many."""
    return max(1, lists // 32) if lists else 0


def _by_rule(count: int, dimension: int) -> str:
    if count <= EXACT_UP_TO:
        return EXACT
    # A byte a number: what it rounds is bounded when the answer is made, and a process that asks once starts sooner.
    return "ivf-sq8" if 4 * count * dimension <= QUANTISED_MEMORY else "ivf-sq4"
