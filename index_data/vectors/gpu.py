"""A copy of a vector index on a GPU: asked while it answers, thrown away at the first error; the index itself stays.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO

import numpy as np
from numpy.typing import NDArray

from index_data.vectors.gpu_apart import HandedIndex, Hits
from index_data.vectors.gpu_process import GpuProcess

Ids = Sequence[int] | NDArray[np.int64]
"""Ids (any,), int64."""

MOST_HITS = 2048
"""The most hits for one question that FAISS gives on a GPU."""

MARGIN = 1.5
"""How many more hits than expected are fetched where only some ids are allowed."""


class GpuCopy:
    """Searches a copy of an index on one GPU, or says that the index itself must be asked."""

    def __init__(self, process: GpuProcess, name: str, total: int) -> None:
        """Takes the process that holds it, by which name, and N."""
        self._process, self._name, self._total = process, name, total

    @property
    def held(self) -> bool:
        """Whether it can be asked still."""
        return self._process.holds(self._name, self)

    def search(self, questions: NDArray[np.float32], count: int, *, allowed: Ids | None) -> Hits | None:
        """The best `count` vectors for each question (Q, D), float32; none where a GPU cannot find them."""

        def fetch(number: int) -> Hits | None:
            return self._process.search(self._name, self, questions, number)

        if allowed is None:
            return fetch(count) if count <= MOST_HITS else None
        return filtered(fetch, count, allowed=allowed, total=self._total, limit=MOST_HITS)


def copy_to_gpu(
    process: GpuProcess, name: str, handed: HandedIndex, write: Callable[[IO[bytes]], None]
) -> GpuCopy | None:
    """Makes a copy in place of the former one of its name; says in one warning why it cannot.

    Args:
        process: That holds it.
        name: Of the index, whatever it holds.
        handed: What it holds now.
        write: Writes it to a file.
    """
    copy = GpuCopy(process, name, handed.count)
    return copy if process.hold(name, copy, handed, write) else None


def filtered(fetch: Callable[[int], Hits | None], count: int, *, allowed: Ids, total: int, limit: int) -> Hits | None:
    """Searches an index that knows no filters: fetches more than is wanted, and keeps what is allowed.

    Args:
        fetch: Gives the best so many hits, allowed or not; none where it can be asked no more.
        count: K.
        allowed: Ids that may be found.
        total: N.
        limit: The most hits that can be fetched.

    Returns:
        What an index that knows filters gives; none where more than `limit` hits would have to be fetched, or `fetch`
        gives none.
    """
    if not len(allowed):
        return None
    number = int(MARGIN * count * total / len(allowed)) + count
    while True:
        number = min(number, total)
        if number > limit:
            return None
        hits = fetch(number)
        if hits is None:
            return None
        scores, ids = hits
        fits = np.isin(ids, np.asarray(allowed, np.int64))
        fit_counts = fits.sum(1)
        if number == total or bool((fit_counts >= count).all()):
            # Stable: what fits comes first, in the order of its scores.
            order = np.argsort(~fits, axis=1, kind="stable")[:, :count]
            missing = np.arange(order.shape[1]) >= fit_counts[:, None]
            lowest = np.finfo(np.float32).min
            scores = np.where(missing, lowest, np.take_along_axis(scores, order, 1)).astype(np.float32)
            return scores, np.where(missing, -1, np.take_along_axis(ids, order, 1))
        number *= 4
