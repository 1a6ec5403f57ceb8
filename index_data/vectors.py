"""The vector index: a FAISS file that is a cache of the catalogue's vectors, stamped and rebuildable.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index_data.records import VectorRows

METRIC = "inner product"
"""For unit vectors this is the cosine."""

LONGEST_STAMP = 4096
"""Bytes of a file's first line that are looked at."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index file must have been made from to be believed.

    Attributes:
        model: Id of the model whose vectors it holds.
        dimension: D.
        metric: Always `METRIC`.
        count: N.
        generation: The catalogue's counter of changes when it was made.
        checksum: BLAKE2b of the FAISS data.
    """

    model: str
    dimension: int
    metric: str
    count: int
    generation: int
    checksum: str


class VectorIndex:
    """Finds the vectors of highest inner product; exact, with the caller's ids."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @classmethod
    def build(cls, rows: VectorRows, *, dimension: int) -> VectorIndex:
        """Makes an index of rows."""
        index = cls(dimension)
        if len(rows.ids):
            index.add(rows)
        return index

    def add(self, rows: VectorRows) -> None:
        """Adds vectors (N, D), float32, under ids that the index does not hold yet."""
        self._index.add_with_ids(np.ascontiguousarray(rows.vectors, np.float32), rows.ids)

    def remove(self, ids: Sequence[int]) -> int:
        """Removes vectors by id, and gives how many there were."""
        return int(self._index.remove_ids(np.asarray(ids, np.int64)))

    def search(
        self, questions: NDArray[np.float32], count: int, *, allowed: Sequence[int] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Finds the best `count` vectors for each question (Q, D), float32, among all or among `allowed` ids.

        Of equal scores the lower id comes first; which of several equals takes the last place is left open.

        Returns:
            Scores (Q, K), float32, falling, and ids (Q, K), int64. K is `count`, or N if that is less; where fewer
            than K are allowed, the id is -1 and the score the lowest float.
        """
        count = min(count, len(self))
        if count == 0:
            return np.empty((len(questions), 0), np.float32), np.empty((len(questions), 0), np.int64)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.asarray(allowed, np.int64)))
        scores, ids = self._index.search(np.ascontiguousarray(questions, np.float32), count, params=parameters)
        order = np.lexsort((ids, -scores), axis=-1)
        return np.take_along_axis(scores, order, -1), np.take_along_axis(ids, order, -1)

    def save(self, path: Path, *, model: str, generation: int) -> None:
        """Writes the index behind its stamp, and replaces the former file at once.

        Raises:
            OSError: The disk is full, or the folder takes no files; the former file stays.
        """
        content = faiss.serialize_index(self._index).data
        stamp = Stamp(model, self.dimension, METRIC, len(self), generation, _checksum(content))
        fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:  # noqa: PTH123
                stream.write(json.dumps(asdict(stamp)).encode() + b"\n")
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, *, model: str, dimension: int, generation: int) -> VectorIndex | None:
        """Reads an index file; none where there is no file, or where its stamp does not fit."""
        try:
            with path.open("rb") as stream:
                stamp = _stamp(stream.readline(LONGEST_STAMP))
                if stamp is None or not _fits(stamp, model=model, dimension=dimension, generation=generation):
                    return None
                content = stream.read()
            if _checksum(content) != stamp.checksum:
                return None
            loaded = cls(dimension)
            loaded._index = faiss.deserialize_index(np.frombuffer(content, np.uint8))
        except (OSError, RuntimeError):  # the second is FAISS on a file of another FAISS
            return None
        return loaded if len(loaded) == stamp.count else None

    @staticmethod
    def stamp_fits(path: Path, *, model: str, dimension: int, generation: int) -> bool:
        """Whether an index file claims to be current; `load` proves it."""
        try:
            with path.open("rb") as stream:
                stamp = _stamp(stream.readline(LONGEST_STAMP))
        except OSError:
            return False
        return stamp is not None and _fits(stamp, model=model, dimension=dimension, generation=generation)


def _stamp(line: bytes) -> Stamp | None:
    try:
        return Stamp(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _fits(stamp: Stamp, *, model: str, dimension: int, generation: int) -> bool:
    made = (stamp.model, stamp.dimension, stamp.metric, stamp.generation)
    return made == (model, dimension, METRIC, generation)


def _checksum(content: bytes | memoryview) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
