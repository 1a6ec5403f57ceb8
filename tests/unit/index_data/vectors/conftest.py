"""Indexes of vectors that a test holds in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index_data.catalogue.records import VectorRows
from index_data.vectors.index import VectorIndex


def index_of(rows: VectorRows, *, dimension: int) -> VectorIndex:
    """Makes an index of these rows."""
    row_of = {key: row for row, key in enumerate(rows.ids.tolist())}

    def read(ids: Sequence[int]) -> VectorRows:
        return VectorRows(np.asarray(ids, np.int64), rows.vectors[[row_of[key] for key in ids]])

    return VectorIndex.updated(None, rows.ids, read, dimension=dimension)
