"""Vectors by pgvector: their indexes on the server, and the nearest ones by them.

Axis legend: D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from captioning.outputs import ModelIdentity
from index_data.catalogue.postgresql.vector_type import PackedVector
from index_data.catalogue.sql_parts import ACTIVE
from index_data.catalogue.statements import run
from index_data.catalogue.vectors import NEWEST, VECTORS_OF

LINKS, IN_VIEW_WHEN_MADE = 32, 128
"""Neighbours that HNSW links a vector to, and vectors among which it looks for them: twice what pgvector has by itself,
by which narrow clusters, such as bursts, are not reached (`benchmarks/postgresql.md`)."""

LEAST_IN_VIEW, MOST_IN_VIEW = 100, 1_000
"""Vectors that HNSW keeps in view for a question: `ef_search` of pgvector."""

_MAY_BE_FOUND = {
    "images": NEWEST.format(owner="image_vector.image_id", vectors="image_vector"),
    "captions": f"EXISTS (SELECT 1 FROM caption WHERE caption.id = caption_vector.caption_id AND {ACTIVE}"
    f" AND {NEWEST.format(owner='caption.image_id', vectors='caption_vector')})",
}
"""Whether a vector of each kind may be found."""


@dataclass(frozen=True)
class NearestVectors:
    """The vectors of one kind that one model made."""

    kind: str
    model: ModelIdentity

    def make_index(self, session: Session) -> None:
        """Makes the index on the server, where there is none; it stays true by itself."""
        if (model := self._number(session)) is not None:
            run(
                session,
                f"CREATE INDEX IF NOT EXISTS {self._index(model)} ON {self._table}"
                f" USING hnsw ((vector::{self._halves}) halfvec_ip_ops)"
                f" WITH (m = {LINKS}, ef_construction = {IN_VIEW_WHEN_MADE}) WHERE model_id = {model}",
            )

    def forget_index(self, session: Session) -> None:
        """Removes it."""
        if (model := self._number(session)) is not None:
            run(session, f"DROP INDEX IF EXISTS {self._index(model)}")

    def ids(self, session: Session) -> NDArray[np.int64]:
        """The ids (N,), int64, of the vectors that may be found, rising."""
        return VECTORS_OF[self.kind](session, self.model.id).ids()

    def count(self, session: Session) -> int:
        """How many vectors may be found."""
        model = self._number(session)
        if model is None:
            return 0
        statement = f"SELECT count(*) FROM {self._table} WHERE model_id = {model} AND {_MAY_BE_FOUND[self.kind]}"
        return int(run(session, statement).fetchone()[0])

    def search(
        self, session: Session, question: NDArray[np.float32], count: int, *, allowed: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        """The ids of highest inner product with a unit vector (D,), float32, and the products, falling.

        Args:
            session: Reads.
            question: The vector.
            count: How many at most.
            allowed: Only these ids; none for all.
        """
        model = self._number(session)
        if model is None:
            return []
        run(session, f"SET LOCAL hnsw.ef_search = {min(MOST_IN_VIEW, max(LEAST_IN_VIEW, count))}")
        # Those that may not be found are passed over until there are enough.
        run(session, "SET LOCAL hnsw.iterative_scan = strict_order")
        vector = PackedVector(np.ascontiguousarray(question, "<f4").tobytes())
        among = "" if allowed is None else f" AND {self._key} = ANY(?::bigint[])"
        # The nearest by halves of numbers, and their order by whole ones. The number of the model lets the server use
        # its index, and so does the SELECT around what may be found: else it would be a join, before which all are
        # compared.
        statement = (
            f"WITH near AS MATERIALIZED (SELECT {self._key} AS id, {self._table}.vector FROM {self._table}"
            f" WHERE {self._table}.model_id = {model} AND (SELECT {_MAY_BE_FOUND[self.kind]}){among}"
            f" ORDER BY {self._table}.vector::{self._halves} <#> ?::vector::{self._halves} LIMIT ?)"
            " SELECT id, -(vector <#> ?) AS product FROM near ORDER BY product DESC, id"
        )
        parameters = [*([] if allowed is None else [list(allowed)]), vector, count, vector]
        return [(key, float(product)) for key, product in run(session, statement, parameters)]

    def _number(self, session: Session) -> int | None:
        row = run(session, "SELECT id FROM model WHERE key = ?", [self.model.id]).fetchone()
        return None if row is None else int(row[0])

    @property
    def _table(self) -> str:
        return {"images": "image_vector", "captions": "caption_vector"}[self.kind]

    @property
    def _key(self) -> str:
        return {"images": "image_vector.image_id", "captions": "caption_vector.caption_id"}[self.kind]

    @property
    def _halves(self) -> str:
        return f"halfvec({int(self.model.dimension)})"

    def _index(self, model: int) -> str:
        return f"ix_{self._table}_{model}_hnsw"
