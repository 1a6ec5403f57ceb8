"""Vectors by pgvector: their indexes on the server, and the nearest ones by them.

Axis legend: D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping
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

LEAST_IN_VIEW, MOST_IN_VIEW = 400, 1_000
"""Vectors that HNSW keeps in view for a question: `ef_search` of pgvector. With 100, one in eight of the ten nearest
of a million was missed."""

MOST_PASSED = 100_000
"""Vectors that HNSW passes for a question at most, so that few of what is near need be allowed."""

COMPARED = 2_000
"""Vectors that are always compared one by one, if no others are allowed."""

PASSED = 3.0
"""How many times as long it takes to pass a vector in the index as to compare it."""

_COMPARING = ("enable_seqscan", "enable_sort")
"""What the server plans with where it compares all vectors instead of asking its index."""

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
        self, session: Session, question: NDArray[np.float32], count: int, *, allowed: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        """The ids of highest inner product with a unit vector (D,), float32, and the products, falling.

        Args:
            session: Reads.
            question: The vector.
            count: How many at most.
            allowed: Only these ids (any,), int64, that may be found; none for all.
        """
        model = self._number(session)
        if model is None:
            return []
        vector = PackedVector(np.ascontiguousarray(question, "<f4").tobytes())
        if allowed is None:
            met, bitmap = f"(SELECT {_MAY_BE_FOUND[self.kind]})", []
        elif self._few(session, len(allowed), count):
            return self._products(session, allowed, vector, f" ORDER BY product DESC, {self._key} LIMIT ?", count)
        else:
            # A bit for every id: quicker to hand over and to ask than a list. Behind the last one, none is allowed.
            bits = np.zeros(int(allowed.max()) + 1, bool)
            bits[allowed] = True
            met = f"CASE WHEN {self._key} < {len(bits)} THEN get_bit(?, {self._key})::boolean ELSE false END"
            bitmap = [np.packbits(bits, bitorder="little").tobytes()]
        # Those that may not be found are passed over until there are enough.
        view = {"ef_search": min(MOST_IN_VIEW, max(LEAST_IN_VIEW, count)), "iterative_scan": "strict_order"}
        view["max_scan_tuples"] = MOST_PASSED
        _set(session, {f"hnsw.{name}": value for name, value in view.items()} | dict.fromkeys(_COMPARING, "off"))
        # The nearest by halves of numbers, and their order by whole ones. The number of the model lets the server use
        # its index, and so does the SELECT around what may be found: else it would be a join, before which all are
        # compared. That it may not compare all, either, must be said: it does not know that vectors lie out of line.
        statement = (
            f"WITH near AS MATERIALIZED (SELECT {self._key} AS id, {self._table}.vector FROM {self._table}"
            f" WHERE {self._table}.model_id = {model} AND {met}"
            f" ORDER BY {self._table}.vector::{self._halves} <#> ?::vector::{self._halves} LIMIT ?)"
            " SELECT id, -(vector <#> ?) AS product FROM near ORDER BY product DESC, id"
        )
        rows = run(session, statement, [*bitmap, vector, count, vector]).fetchall()
        _set(session, dict.fromkeys(_COMPARING, "on"))
        return [(key, float(product)) for key, product in rows]

    def products_of(
        self, session: Session, ids: NDArray[np.int64], question: NDArray[np.float32]
    ) -> list[tuple[int, float]]:
        """Those of ids (any,), int64, that there are, each with the product of its vector with one (D,), float32."""
        return self._products(session, ids, PackedVector(np.ascontiguousarray(question, "<f4").tobytes()))

    def _products(
        self, session: Session, ids: NDArray[np.int64], vector: PackedVector, ending: str = "", *values: int
    ) -> list[tuple[int, float]]:
        statement = (
            f"SELECT {self._key}, -(vector <#> ?) AS product FROM {self._table}"
            f" WHERE {self._key} = ANY(?::bigint[]) AND model_id = (SELECT id FROM model WHERE key = ?){ending}"
        )
        rows = run(session, statement, [vector, ids.tolist(), self.model.id, *values])
        return [(key, float(product)) for key, product in rows]

    def _few(self, session: Session, allowed: int, count: int) -> bool:
        """Whether so many are compared sooner, each with the question, than so many of them are named by the index."""
        if allowed <= COMPARED:
            return True
        # As the server reckons, which costs nothing.
        statement = "SELECT reltuples FROM pg_class WHERE oid = ?::regclass"
        total = max(allowed, float(run(session, statement, [self._table]).fetchone()[0]))
        return allowed * allowed <= PASSED * count * total

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


def _set(session: Session, settings: Mapping[str, object]) -> None:
    """Has the server set something until the transaction ends."""
    each = (f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    run(session, f"SELECT {', '.join(each)}")
