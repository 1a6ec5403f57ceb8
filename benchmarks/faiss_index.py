"""Kinds of FAISS index that no rule chooses, behind those methods of `VectorIndex` that are measured.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index_data.catalogue.records import VectorRows
from index_data.vectors.faiss_library import load_faiss

FACTORIES: Final = {"fp16": "IDMap2,SQfp16", "hnsw": "IDMap2,HNSW32,Flat", "hnsw-sq8": "IDMap2,HNSW32_SQ8"}
"""FAISS's descriptions: two bytes a number, and graphs of 32 links a vector, of four bytes a number or of one."""

CHUNK = 50_000
"""Vectors that are read and added at once."""

SEEN = 128
"""Candidates that a question keeps while it follows a graph's links (`efSearch`)."""

LEARNT_FROM = 50_000
"""Vectors from which the codes of one byte are learnt."""


class FaissIndex:
    """An index of FAISS with the caller's ids."""

    def __init__(self, stored: Any) -> None:
        """Takes FAISS's own."""
        self._stored = stored

    @classmethod
    def updated(
        cls, kind: str, ids: NDArray[np.int64], read: Callable[[Sequence[int]], VectorRows], *, dimension: int
    ) -> FaissIndex:
        """Makes one of the vectors of ids (N,), int64."""
        faiss = load_faiss()
        stored = faiss.index_factory(dimension, FACTORIES[kind], faiss.METRIC_INNER_PRODUCT)
        if not stored.is_trained:
            stored.train(read(ids[:LEARNT_FROM].tolist()).vectors)
        index = cls(stored)
        for at in range(0, len(ids), CHUNK):
            index.add(read(ids[at : at + CHUNK].tolist()))
        return index

    def save(self, path: Path) -> None:
        """Writes what FAISS keeps."""
        load_faiss().write_index(self._stored, str(path))

    @classmethod
    def load(cls, path: Path) -> FaissIndex:
        """Reads what `save` wrote."""
        return cls(load_faiss().read_index(str(path)))

    def search(
        self, questions: NDArray[np.float32], count: int, *, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores (Q, K), float32, and ids (Q, K), int64, of the nearest to questions (Q, D), float32."""
        faiss = load_faiss()
        chosen = {} if allowed is None else {"sel": faiss.IDSelectorBatch(allowed)}
        if isinstance(faiss.downcast_index(self._stored.index), faiss.IndexHNSW):
            parameters = faiss.SearchParametersHNSW(efSearch=SEEN, **chosen)
        else:
            parameters = faiss.SearchParameters(**chosen)
        scores, ids = self._stored.search(questions, count, params=parameters)
        return scores, ids

    def add(self, rows: VectorRows) -> None:
        """Adds vectors (any, D), float32, under new ids."""
        self._stored.add_with_ids(np.ascontiguousarray(rows.vectors, np.float32), rows.ids)

    def remove(self, ids: NDArray[np.int64]) -> int | None:
        """Removes vectors by their ids (any,), int64, and tells how many; none where FAISS cannot."""
        try:
            return int(self._stored.remove_ids(ids))
        except RuntimeError:  # "remove_ids not implemented for this type of index"
            return None
