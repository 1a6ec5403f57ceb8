"""Vectors that a server of PostgreSQL searches by pgvector, behind the interface of those that FAISS searches.

Axis legend: Q questions, K hits per question, D joint size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.catalogue.postgresql.nearest import NearestVectors
from index_data.vectors.interface import Transaction

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.gpu import Ids
    from index_data.vectors.leading import LeadingAxes

KIND = "pgvector HNSW"
"""What tells in a status how vectors are searched."""

HALVES = 0.002
"""By how much a product of unit vectors may differ where each number has sixteen bits."""

NOTHING = float(np.finfo(np.float32).min)
"""The score where fewer are found than were asked for."""


class PgVectorIndex:
    """Vectors of one kind by one model, asked in a session, or each time in a transaction of its own."""

    compares_all = False
    rounding = HALVES
    gives_products = True

    def __init__(self, vectors: NearestVectors, transaction: Transaction, session: Session | None) -> None:
        self._vectors, self._transaction, self._session = vectors, transaction, session

    def __len__(self) -> int:
        if self._session is not None:
            return self._vectors.count(self._session)
        with self._transaction() as session:
            return self._vectors.count(session)

    def ids(self) -> NDArray[np.int64]:
        """The ids (N,), int64, of all vectors, rising."""
        if self._session is not None:
            return self._vectors.ids(self._session)
        with self._transaction() as session:
            return self._vectors.ids(session)

    def search(
        self, questions: NDArray[np.float32], count: int, *, allowed: Ids | None = None, ordered: bool = True
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Finds the best `count` vectors for each question (Q, D), float32, among all or among `allowed` ids.

        Returns:
            Scores (Q, K), float32, falling, and ids (Q, K), int64. K is the most that were found for a question; where
            fewer were, the id is -1 and the score the lowest float.
        """
        if self._session is not None:
            return self._search(self._session, questions, count, allowed)
        with self._transaction() as session:
            return self._search(session, questions, count, allowed)

    def _search(
        self, session: Session, questions: NDArray[np.float32], count: int, allowed: Ids | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        numbers = None if allowed is None else np.asarray(allowed, np.int64)
        hits = [self._vectors.search(session, question, count, allowed=numbers) for question in questions]
        width = max(map(len, hits), default=0)
        scores = np.full((len(questions), width), NOTHING, np.float32)
        ids = np.full((len(questions), width), -1, np.int64)
        for row, found in enumerate(hits):
            ids[row, : len(found)] = [key for key, _ in found]
            scores[row, : len(found)] = [score for _, score in found]
        return scores, ids

    def products(self, question: NDArray[np.float32]) -> None:
        """Nothing: not all are compared."""

    def bounds(self, question: NDArray[np.float32], axes: LeadingAxes) -> None:
        """Nothing: not all are compared."""

    def vectors(self, ids: NDArray[np.int64]) -> None:
        """Nothing: the catalogue has them."""

    def products_of(self, ids: NDArray[np.int64], question: NDArray[np.float32]) -> NDArray[np.float32]:
        """The products (any,), float32, of vectors of ids (any,), int64, with a question (D,), float32.

        The server computes them, so that no vector crosses the network; an id that has none gets the lowest float.
        """
        if self._session is not None:
            products = self._vectors.products_of(self._session, ids, question)
        else:
            with self._transaction() as session:
                products = self._vectors.products_of(session, ids, question)
        by_id = dict(products)
        return np.array([by_id.get(key, NOTHING) for key in ids.tolist()], np.float32)


class PgVectorIndexes:
    """The indexes of a library on a server, which stay true by themselves once the writer has made them."""

    def __init__(self, transaction: Transaction) -> None:
        """Takes what opens a transaction on the catalogue."""
        self._transaction = transaction

    def image(self, model: ModelIdentity, session: Session | None = None) -> PgVectorIndex:
        """The index of a model's image vectors, by image number."""
        return PgVectorIndex(NearestVectors("images", model), self._transaction, session)

    def caption(self, model: ModelIdentity, session: Session | None = None) -> PgVectorIndex:
        """The index of a model's caption vectors, by caption number."""
        return PgVectorIndex(NearestVectors("captions", model), self._transaction, session)

    def save(self, model: ModelIdentity) -> None:
        """Makes both indexes where they are missing; only the one writer asks for it."""
        with self._transaction() as session:
            for kind in catalogue.VECTORS_OF:
                NearestVectors(kind, model).make_index(session)

    def kind(self, count: int, dimension: int) -> str:
        """How vectors are searched."""
        return KIND

    def close(self) -> None:
        """Nothing: the server searches."""

    def forget(self) -> None:
        """Removes every index; `save` makes them anew."""
        with self._transaction() as session:
            for model in catalogue.answering_models(session):
                for kind in catalogue.VECTORS_OF:
                    NearestVectors(kind, model).forget_index(session)
