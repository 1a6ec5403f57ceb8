"""The vectors of the photographs that may be found, and of their captions, compared with those of questions.

Axis legend: N photographs of the library, C candidates, D joint size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.columns.columns import Columns
from index_data.columns.postings import each_once
from index_data.vectors.interface import Indexes
from search.engine.encoded_query import Embedding
from search.engine.features import Array, Ids
from search.engine.similarity import WIDER, Bounded, ListedSimilarity, Named, Rows, Similarity
from search.engine.weigher import CaptionedRows

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.interface import Index
    from index_data.vectors.leading import LeadingAxes

FEW = 8
"""Where less than one in so many photographs may be found, these are compared one by one."""

READ_AT_ONCE = 300
"""Photographs whose vectors are read from the catalogue sooner than an inverted file is asked about them."""

NAMED_SHARE = 160
"""An inverted file is asked to name one in so many of the photographs that may be found: were a million bounded by the
eight hundredth, most questions would go on."""

MOST_NAMED = 40_000
"""The most photographs that an inverted file is asked to name at once."""

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
    indexes: Indexes
    model: ModelIdentity
    columns: Columns
    met: Mask | None

    @cached_property
    def _images(self) -> Index:
        return self.indexes.image(self.model, self.session)

    @cached_property
    def _captions(self) -> Index:
        return self.indexes.caption(self.model, self.session)

    @cached_property
    def open(self) -> Mask:
        """Which photographs may be found (N,), bool: those that the model answers for and that meet the conditions."""
        described = self.columns.facts.described
        return described if self.met is None else described & self.met

    @cached_property
    def open_count(self) -> int:
        """How many they are."""
        return int(np.count_nonzero(self.open))

    @cached_property
    def open_rows(self) -> Rows:
        """Their rows (any,), int64, rising."""
        return np.flatnonzero(self.open)

    def similarity(self, vector: Embedding, depth: int, axes: LeadingAxes | None = None) -> Bounded:
        """How similar photographs that may be found are to a unit vector (D,), float32.

        Args:
            vector: Of the question.
            depth: How many of the most similar are asked for, where an inverted file names them.
            axes: By which the most of all that are compared are only bounded; none for products.
        """
        compute = partial(self.products_of, vector=vector)
        compared = self._compared(vector, axes, compute) if self._images.compares_all else None
        if compared is not None:
            return compared
        name = partial(self._named, vector)
        # To name more takes little time, and bounds the others closer.
        count = min(max(WIDER * depth, self.open_count // NAMED_SHARE), MOST_NAMED)
        return ListedSimilarity(len(self.columns), count, name=name, compute=compute)

    def _compared(
        self, vector: Embedding, axes: LeadingAxes | None, compute: Callable[[Rows], Array]
    ) -> Similarity | None:
        """The same where the index compares all; none where a GPU has come to do that meanwhile."""
        rows = self.open_rows
        if len(rows) * FEW < len(self.columns):
            products = np.full(len(self.columns), -1.0, np.float32)
            products[rows] = compute(rows)
            return Similarity(rows, products)
        bounds = None if axes is None else self._images.bounds(vector, axes)
        if bounds is not None:
            return Similarity(rows, self._aligned(*bounds, vector), compute)
        compared = self._images.products(vector)
        return None if compared is None else Similarity(rows, self._aligned(*compared, vector))

    def deeper(self, similarity: Bounded, vector: Embedding, depth: int) -> Bounded:
        """The same for more of the most similar; what is compared with all need not be compared again."""
        return similarity if isinstance(similarity, Similarity) else self.similarity(vector, depth)

    def _named(self, vector: Embedding, among: Rows | None, count: int) -> Named:
        """What the inverted file names of some photographs (any,), int64, that may be found, or of all."""
        total = self.open_count if among is None else len(among)
        rows = among if among is not None else None if self.met is None else self.open_rows
        if total <= READ_AT_ONCE:
            few = self.open_rows if rows is None else rows
            return Named(few, self.products_of(few, vector), -1.0, True)
        allowed = None if rows is None else self.columns.ids[rows]
        scores, ids = self._images.search(vector[None], count, allowed=allowed, ordered=False)
        places = self._places(ids[0])
        # The index may hold what no longer may be found.
        known = (self.columns.ids[places] == ids[0]) & self.open[places]
        products, rounding = scores[0][known], np.float32(self._images.rounding)
        last = -1.0 if len(products) == total else float(products.min(initial=1.0) + rounding)
        computed = self._images.gives_products
        return Named(places[known], products if computed else products + rounding, last, computed)

    def _places(self, ids: Ids) -> Rows:
        """Where numbers (any,), int64, stand among those of the photographs, or would stand."""
        # Most libraries number their photographs without a gap.
        guess: Rows = np.clip(ids - self.columns.ids[0], 0, len(self.columns) - 1)
        if (self.columns.ids[guess] == ids).all():
            return guess
        return np.minimum(np.searchsorted(self.columns.ids, ids), len(self.columns) - 1)

    def best(self, similarity: Bounded, depth: int, handicap: Array | None = None) -> tuple[Rows, bool]:
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

        rows = np.sort(similarity.best(similarity.rows, depth, worth))
        return rows, self.open_count <= len(rows)

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

    @cached_property
    def _read(self) -> dict[int, Array]:
        """Vectors (D,), float32, that were read from the catalogue, by the numbers of their photographs."""
        return {}

    def products_of(self, rows: Rows, vector: Embedding) -> Array:
        """The inner products (C,), float32, in [-1, 1], of rows (C,), int64, with a unit vector (D,), float32."""
        ids = self.columns.ids[rows]
        held = self._images.products_of(ids, vector)
        if held is not None:
            return held
        # What a minus excludes is asked of the same photographs again.
        missing = [image for image in ids.tolist() if image not in self._read]
        if missing:
            stored = catalogue.ImageVectors(self.session, self.model.id).read(missing)
            self._read.update(zip(stored.ids.tolist(), stored.vectors, strict=True))
        vectors = np.array([self._read[image] for image in ids.tolist()], np.float32)
        # Of no photographs NumPy cannot tell how long their vectors are.
        products: Array = vectors.reshape(-1, self.model.dimension) @ vector
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
