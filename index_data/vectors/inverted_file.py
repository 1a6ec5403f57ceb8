"""Vectors in lists by the centre that each lies nearest to, of which FAISS looks into a few for each question.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

import math
from io import BufferedReader
from threading import Lock
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from index_data.vectors.faiss_library import load_faiss
from index_data.vectors.header import checksum
from index_data.vectors.kinds import IndexKind, probes_of

SAMPLE_PER_LIST = 64
"""Vectors an inverted file learns from, for each of its lists; FAISS asks for 39 at least."""

BLOCK = 1 << 20
"""Bytes of a file that FAISS reads or writes at once."""

LARGEST_BITMAP = 100_000_000
"""The largest id for which a bit for every id is quicker to ask than a set of ids."""

ALLOWED_SEEN = 4
"""Times as many allowed vectors as are asked for lie in the lists that a question looks into, as a rule: to look for
twenty thousand of a million in all lists takes 22 ms, for the nearest of them in a sixth of the lists 4."""


class InvertedFile:
    """Vectors with ids.

    Attributes:
        kind: How many lists there are, and what they keep.
        stored: FAISS's own index.
    """

    def __init__(self, kind: IndexKind, stored: Any) -> None:
        """Takes FAISS's own index of a kind."""
        self.kind, self.stored = kind, stored
        # FAISS must not search in what is being changed.
        self._lock = Lock()

    @classmethod
    def empty(cls, dimension: int, kind: IndexKind) -> InvertedFile:
        """Makes one of vectors of D numbers, which must learn its lists before any is added.

        Raises:
            VectorSearchError: FAISS could not be loaded.
        """
        faiss = load_faiss()
        return cls(kind, faiss.index_factory(dimension, kind.factory, faiss.METRIC_INNER_PRODUCT))

    @classmethod
    def read(cls, stream: BufferedReader, name: str, *, proof: str) -> InvertedFile | None:
        """Reads what `write` wrote of one whose kind has this name; none where the rest of the file is something else.

        Raises:
            VectorSearchError: FAISS could not be loaded.
            RuntimeError: Another FAISS wrote it.
        """
        start = stream.tell()
        # Proved before FAISS reads it: of a damaged file it may believe any size.
        if checksum(stream) != proof:
            return None
        stream.seek(start)
        faiss = load_faiss()
        stored = faiss.read_index(faiss.PyCallbackIOReader(stream.read, BLOCK))
        lists = int(getattr(stored, "nlist", 0))
        return cls(IndexKind(name, "", lists, probes_of(lists)), stored)

    def write(self, stream: IO[bytes]) -> None:
        """Writes what FAISS keeps."""
        faiss = load_faiss()
        # Block by block, as it is read: in one piece the index would be in memory twice.
        with self._lock:
            faiss.write_index(self.stored, faiss.PyCallbackIOWriter(stream.write, BLOCK))

    @property
    def ntotal(self) -> int:
        """N."""
        return int(self.stored.ntotal)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Of all vectors, in no order (N,), int64."""
        faiss, lists = load_faiss(), self.stored.invlists
        with self._lock:
            parts = [
                faiss.rev_swig_ptr(lists.get_ids(n), lists.list_size(n)).copy()
                for n in range(self.kind.lists)
                if lists.list_size(n)
            ]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def train(self, sample: NDArray[np.float32]) -> None:
        """Learns the lists, and the codes of compressed vectors, from vectors (any, D), float32."""
        self.stored.train(np.ascontiguousarray(sample, np.float32))

    def add_with_ids(self, vectors: NDArray[np.float32], ids: NDArray[np.int64]) -> None:
        """Adds vectors (any, D), float32, under new ids (any,), int64."""
        with self._lock:
            self.stored.add_with_ids(vectors, ids)

    def remove_ids(self, ids: NDArray[np.int64]) -> int:
        """Removes vectors by their ids (any,), int64, and gives how many there were."""
        with self._lock:
            return int(self.stored.remove_ids(ids))

    def search(
        self, questions: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Finds the best `count` of N for each question (Q, D), float32, among all or `allowed` ids (any,), int64.

        Returns:
            Scores (Q, K), float32, and ids (Q, K), int64; -1 and the lowest float where fewer were found.
        """
        probes = self._probes(count, allowed)
        scores, ids = self._in_lists(questions, count, allowed, probes)
        if self.are_few(allowed) and probes < self.kind.lists and (ids < 0).any():
            # Those that are allowed lie elsewhere.
            return self._in_lists(questions, count, allowed, self.kind.lists)
        return scores, ids

    def are_few(self, allowed: NDArray[np.int64] | None) -> bool:
        """Whether the lists that a question looks into may hold none of the allowed ids (any,), int64."""
        return allowed is not None and len(allowed) * 20 < self.ntotal

    def _probes(self, count: int, allowed: NDArray[np.int64] | None) -> int:
        """How many lists are looked into: so many that they hold some of few allowed ids, too."""
        if allowed is None or not self.are_few(allowed):
            return self.kind.probes
        enough = math.ceil(self.kind.lists * ALLOWED_SEEN * count / max(1, len(allowed)))
        return min(self.kind.lists, max(self.kind.probes, enough))

    def _in_lists(
        self, questions: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None, probes: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        selector = None if allowed is None else _selector(allowed)
        parameters = load_faiss().SearchParametersIVF(sel=selector, nprobe=probes)
        with self._lock:
            scores, ids = self.stored.search(questions, count, params=parameters)
        return scores, ids


def _selector(ids: NDArray[np.int64]) -> Any:
    """Lets only these ids (any,), int64, be found."""
    faiss = load_faiss()
    largest = int(ids.max(initial=0))
    if not len(ids) or int(ids.min()) < 0 or largest > LARGEST_BITMAP:
        return faiss.IDSelectorBatch(ids)
    bits = np.zeros(largest + 1, bool)
    bits[ids] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
