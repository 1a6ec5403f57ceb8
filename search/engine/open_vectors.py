"""The vectors of the photographs that may be found, and of their captions, compared with those of questions.

Axis legend: N photographs of the library, C candidates, D joint size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.columns.columns import Columns
from index_data.columns.postings import each_once
from index_data.vectors.cache import VectorIndexes
from search.engine.encoded_query import Embedding
from search.engine.features import Array, Ids
from search.engine.similarity import Rows, Similarity
from search.engine.weigher import CaptionedRows

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.index import VectorIndex
    from index_data.vectors.leading import LeadingAxes

FEW = 8
"""Where less than one in so many photographs may be found, these are compared one by one."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class OpenVectors:
    """What one model's vectors tell of the photographs of one library that may be found.

    Attributes:
        session: In which everything is read, so that it fits together.
        indexes: Of the library.
        model: That answers.
        columns: Of the library's photographs, for that model.
        met: Photographs that meet the conditions (N,), bool; none for all.
    """

    session: Session
    indexes: VectorIndexes
    model: ModelIdentity
    columns: Columns
    met: Mask | None

    @cached_property
    def _images(self) -> VectorIndex:
        return self.indexes.image(self.model, self.session)

    @cached_property
    def _captions(self) -> VectorIndex:
        return self.indexes.caption(self.model, self.session)

    @cached_property
    def open(self) -> Mask:
        """Which photographs may be found (N,), bool: those that the model answers for and that meet the conditions."""
        described = self.columns.facts.described
        return described if self.met is None else described & self.met

    @cached_property
    def open_rows(self) -> Rows:
        """Their rows (any,), int64, rising."""
        return np.flatnonzero(self.open)

    def nearest(self, vector: Embedding, depth: int) -> tuple[Rows, bool]:
        """The rows (C,), int64, of photographs nearest to a unit vector (D,), float32, and whether these are all."""
        if self.met is not None and len(self.open_rows) <= depth:
            return self.open_rows, True
        allowed = None if self.met is None else self.columns.ids[self.open]
        _, ids = self._images.search(vector[None], depth, allowed=allowed)
        named = ids[0][ids[0] >= 0]
        rows = self.columns.rows_of(named)
        return rows[self.open[rows]].astype(np.int64), len(named) < depth

    def similarity(self, vector: Embedding, axes: LeadingAxes | None = None) -> Similarity | None:
        """How similar photographs that may be found are to a unit vector (D,), float32, if the index compares them all.

        By leading axes the most of them are only bounded.
        """
        if len(self.open_rows) * FEW < len(self.columns) and self._images.compares_all:
            few = np.full(len(self.columns), -1.0, np.float32)
            few[self.open_rows] = self.products_of(self.open_rows, vector)
            return Similarity(few)
        bounds = None if axes is None else self._images.bounds(vector, axes)
        if bounds is not None:
            return Similarity(self._aligned(*bounds, vector), lambda rows: self.products_of(rows, vector))
        products = self._images.products(vector)
        return None if products is None else Similarity(self._aligned(*products, vector))

    def best(self, similarity: Similarity, depth: int, handicap: Array | None = None) -> tuple[Rows, bool]:
        """The rows (C,), int64, rising, of the most similar that may be found, and whether there are no more.

        Args:
            similarity: Of all.
            depth: How many.
            handicap: What is taken off the similarity of each (N,), float32.
        """

        def worth(rows: Rows) -> Array:
            if handicap is None:
                return similarity.most[rows]
            if len(rows) == len(handicap):
                return similarity.most - handicap
            return similarity.most[rows] - handicap[rows]

        rows = self.open_rows
        return np.sort(similarity.best(rows, depth, worth)), len(rows) <= depth

    def nearest_captions(self, vector: Embedding, depth: int) -> tuple[Rows, float | None]:
        """The rows (any,), int64, of the photographs whose confirmed captions come nearest to a vector (D,), float32.

        Behind them, how near any other may come, in [-1, 1], if there are more.
        """
        captions = self.columns.caption_ids
        if not len(captions):
            return np.empty(0, np.int64), None
        scores, keys = self._captions.search(vector[None], depth, allowed=captions)
        named = keys[0][keys[0] >= 0]
        order = np.argsort(captions, kind="stable")
        places = np.minimum(np.searchsorted(captions[order], named), len(captions) - 1)
        known = captions[order][places] == named
        rows = each_once(self.columns.caption_rows[order][places[known]]).astype(np.int64)
        return rows[self.open[rows]], float(scores[0][len(named) - 1]) if len(named) == depth else None

    def products_of(self, rows: Rows, vector: Embedding) -> Array:
        """The inner products (C,), float32, in [-1, 1], of rows (C,), int64, with a unit vector (D,), float32."""
        ids = self.columns.ids[rows]
        held = self._images.products_of(ids, vector)
        if held is not None:
            return held
        stored = catalogue.ImageVectors(self.session, self.model.id).read(ids.tolist())
        order = np.argsort(stored.ids)
        # Of no rows the catalogue cannot tell how long they are.
        products: Array = stored.vectors[order].reshape(-1, self.model.dimension) @ vector
        return products

    def captions_of(self, rows: Rows) -> CaptionedRows:
        """The confirmed captions of photographs (C,), int64, rising, as far as the model has embedded them."""
        wanted = np.zeros(len(self.columns), bool)
        wanted[rows] = True
        at = np.flatnonzero(wanted[self.columns.caption_rows])
        if not len(at):
            return CaptionedRows(np.empty(0, np.int64), np.empty((0, self.model.dimension), np.float32))
        ids, owners = self.columns.caption_ids[at], np.searchsorted(rows, self.columns.caption_rows[at])
        held = self._captions.vectors(ids)
        if held is not None:
            return CaptionedRows(owners, held)
        stored = catalogue.CaptionVectors(self.session, self.model.id).read(ids.tolist())
        order = np.argsort(ids)
        vectors = stored.vectors.reshape(-1, self.model.dimension)
        return CaptionedRows(owners[order][np.searchsorted(ids[order], stored.ids)], vectors)

    def _aligned(self, ids: Ids, values: Array, vector: Embedding) -> Array:
        """Values (any,), float32, of ids (any,), int64, as those of photographs (N,); for what lacks, the product."""
        if np.array_equal(ids, self.columns.ids):
            return values
        similarity = np.full(len(self.columns), np.nan, np.float32)
        rows = np.minimum(np.searchsorted(self.columns.ids, ids), len(self.columns) - 1)
        known = self.columns.ids[rows] == ids
        similarity[rows[known]] = values[known]
        # What came while the index was read.
        missing = self.open_rows[np.isnan(similarity[self.open_rows])]
        similarity[missing] = self.products_of(missing, vector)
        return np.nan_to_num(similarity, nan=-1.0)
