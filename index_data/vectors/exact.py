"""Vectors that are all compared with a question, in NumPy alone: FAISS takes longer to load than they to compare.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from io import BufferedReader
from typing import IO

import numpy as np
from numpy.typing import NDArray

from index_data.vectors.leading import LeadingAxes, LeadingParts

LARGEST_PRODUCTS = 1 << 23
"""Inner products that are held at once."""

FEW = 128
"""Vectors of some ids that are read at once."""

BOUNDED_FROM = 30_000
"""Vectors from which on leading axes save more of a pass over them all than they cost."""


class ExactVectors:
    """Vectors with ids, in the order in which they came.

    Attributes:
        ids: Each once (N,), int64.
        vectors: Unit vectors (N, D), float32.
    """

    def __init__(self, dimension: int) -> None:
        """Holds none yet."""
        self.ids: NDArray[np.int64] = np.empty(0, np.int64)
        self.vectors: NDArray[np.float32] = np.empty((0, dimension), np.float32)
        self._expected: LeadingAxes | None = None
        self._leading: LeadingParts | None = None

    @property
    def ntotal(self) -> int:
        """N."""
        return len(self.ids)

    @cached_property
    def in_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """The ids (N,), int64, rising, and their places (N,), int64; no places where they stand in order."""
        if bool((np.diff(self.ids) > 0).all()):
            return self.ids, None
        order = np.argsort(self.ids, kind="stable")
        return self.ids[order], order

    def add_with_ids(self, vectors: NDArray[np.float32], ids: NDArray[np.int64]) -> None:
        """Adds vectors (any, D), float32, under new ids (any,), int64."""
        self._hold(np.concatenate([self.ids, ids]), np.concatenate([self.vectors, vectors]))

    def remove_ids(self, ids: NDArray[np.int64]) -> int:
        """Removes vectors by their ids (any,), int64, and gives how many there were."""
        kept = ~np.isin(self.ids, ids)
        removed = len(kept) - int(kept.sum())
        if removed:
            self._hold(self.ids[kept], self.vectors[kept])
        return removed

    def _hold(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        self.ids, self.vectors = ids, vectors
        self._leading = None
        self.__dict__.pop("in_order", None)

    def products(self, question: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inner products (N,), float32, with a question (D,), float32, by rising ids."""
        places = self.in_order[1]
        values: NDArray[np.float32] = self.vectors @ question
        return values if places is None else values[places]

    def bounds(self, question: NDArray[np.float32], axes: LeadingAxes) -> NDArray[np.float32] | None:
        """What the inner products (N,), float32, with a unit vector (D,), float32, do not exceed, by rising ids.

        Nothing where to compute them all is as quick; so it is for the first question, which may be the only one.
        """
        if len(self.ids) < BOUNDED_FROM:
            return None
        if self._leading is None or self._leading.axes is not axes:
            if self._expected is not axes:
                self._expected = axes
                return None
            self._leading = LeadingParts(axes, self.vectors)
        values, places = self._leading.bounds(question), self.in_order[1]
        return values if values is None or places is None else values[places]

    def of(self, ids: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """The vectors (any, D), float32, of ids (any,), int64; none if one is not held."""
        at = self._places(ids)
        return None if at is None else self.vectors[at]

    def products_of(self, ids: NDArray[np.int64], question: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """The inner products (any,), float32, of ids (any,), int64, with a question (D,), float32.

        Nothing if one of the ids is not held.
        """
        at = self._places(ids)
        if at is None:
            return None
        products = np.empty(len(at), np.float32)
        # Thousands of vectors in one array would be new memory, which takes longer than to read them.
        rows = np.empty((min(FEW, len(at)), len(question)), np.float32)
        for start in range(0, len(at), FEW):
            some = at[start : start + FEW]
            products[start : start + FEW] = self.vectors.take(some, 0, out=rows[: len(some)], mode="clip") @ question
        return products

    def _places(self, ids: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Where the vectors of ids (any,), int64, stand; none if one is not held."""
        known, places = self.in_order
        if not len(known):
            return None
        at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        if not bool((known[at] == ids).all()):
            return None
        return at if places is None else places[at]

    def search(
        self, questions: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best `count` of N for each question (Q, D), float32, among all or `allowed` ids.

        Returns:
            Scores (Q, K), float32, and ids (Q, K), int64, in no order; -1 and the lowest float where fewer are allowed.
        """
        ids, vectors = self.ids, self.vectors
        if allowed is not None:
            among = np.isin(ids, allowed)
            ids, vectors = ids[among], vectors[among]
        scores = np.full((len(questions), count), np.finfo(np.float32).min, np.float32)
        hits = np.full((len(questions), count), -1, np.int64)
        width = min(count, len(ids))
        step = max(1, LARGEST_PRODUCTS // max(1, len(ids)))
        for at in range(0, len(questions) if width else 0, step):
            products = questions[at : at + step] @ vectors.T
            best = np.argpartition(-products, width - 1, axis=1)[:, :width]
            scores[at : at + step, :width] = np.take_along_axis(products, best, 1)
            hits[at : at + step, :width] = ids[best]
        return scores, hits

    def write(self, stream: IO[bytes]) -> None:
        """Writes ids and vectors, little-endian."""
        for array in self._stored():
            stream.write(array.data)

    def checksum(self) -> str:
        """The BLAKE2b of what `write` writes, 16 bytes, hexadecimal."""
        return _checksum(*self._stored())

    def _stored(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return np.ascontiguousarray(self.ids, "<i8"), np.ascontiguousarray(self.vectors, "<f4")

    @classmethod
    def read(cls, stream: BufferedReader, *, dimension: int, count: int, proof: str) -> ExactVectors | None:
        """Reads what `write` wrote; none where the rest of the file is of another size, or not what was written."""
        size = os.fstat(stream.fileno()).st_size - stream.tell()
        if count < 0 or size != count * (8 + 4 * dimension):
            return None
        ids = np.fromfile(stream, "<i8", count)
        vectors = np.fromfile(stream, "<f4", count * dimension).reshape(-1, dimension)
        if len(ids) != count or len(vectors) != count or _checksum(ids, vectors) != proof:
            return None
        held = cls(dimension)
        held._hold(ids.astype(np.int64, copy=False), vectors.astype(np.float32, copy=False))
        return held


def _checksum(*arrays: NDArray[np.generic]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
