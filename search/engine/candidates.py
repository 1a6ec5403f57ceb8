"""Finds the photographs that one model answers a query with, and weighs each.

The vector index names candidates, and so do the lists of photographs by words; all that are named are weighed. More are
taken until no photograph that was not weighed can matter: Fagin's threshold algorithm, "Optimal Aggregation Algorithms
for Middleware" (2003). What is said of each photograph is known beforehand; the threshold is what the best of the
others would be worth if its vector came as near as the last that was named.

Axis legend: N photographs of the library, C candidates, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.columns.columns import Columns
from index_data.columns.postings import each_once
from index_data.vectors.cache import VectorIndexes
from search.engine.document_terms import QueryTerm
from search.engine.encoded_query import Embedding, EncodedQuery
from search.engine.features import Array, Ids
from search.engine.relevance import Relevance, probability, with_certainty
from search.engine.similarity import Similarity
from search.engine.weigher import CaptionedRows, Weigher
from search.engine.word_shares import saying_all, text_shares

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.index import VectorIndex
    from index_data.vectors.leading import LeadingAxes

DEPTH = 200
"""Candidates that are looked at first, of each kind."""

DEEPER = 4
"""How many times more are looked at next."""

MOST = 20_000
"""The most candidates of a kind that are ever weighed; what comes behind them is not shown."""

FEW = 8
"""Where less than one in so many photographs may be found, these are compared one by one."""

EXCLUDED_FROM = 0.5
"""Probability from which on a photograph shows what a minus excludes."""

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one model found, best first.

    Attributes:
        ids: Numbers of photographs (C,), int64.
        scores: Log-odds, or inner products in [-1, 1] (C,), float32.
        complete: Whether nothing that answers can follow.
        best: The highest log-odds as they were fitted, whatever a person's words make nearly certain: these must not
            hide what else answers.
    """

    ids: Ids
    scores: Array
    complete: bool
    best: float = -np.inf


@dataclass(frozen=True)
class CandidateSearch:
    """Looks for candidates of one model in one library.

    Attributes:
        session: In which everything is read, so that it fits together.
        indexes: Of the library.
        model: That answers.
        columns: Of the library's photographs, for that model.
        met: Photographs that meet the conditions (N,), bool; none for all.
        at_least: How many must be in their final order.
        include_irrelevant: Find photographs, too, that do not answer.
    """

    session: Session
    indexes: VectorIndexes
    model: ModelIdentity
    columns: Columns
    met: Mask | None
    at_least: int
    include_irrelevant: bool

    def by_vector(self, vector: Embedding) -> Candidates:
        """The photographs nearest to a unit vector (D,), float32, by inner product."""
        similarity = self._similarity(vector)
        if similarity is None:
            rows, exhausted = self._nearest(vector, self._first_depth())
            scores = self._products_of(rows, vector)
        else:
            rows, exhausted = self._best(similarity, self._first_depth())
            scores = similarity.of(rows)
        order = np.lexsort((rows, -scores))
        return Candidates(self.columns.ids[rows[order]], scores[order], exhausted)

    def by_text(self, terms: Sequence[QueryTerm]) -> Candidates:
        """The photographs whose captions, tags or paths contain the most of a query; scores are shares in [0, 1]."""
        shares = text_shares(self.columns, terms)
        if self.met is not None:
            shares = shares * self.met
        best = np.flatnonzero((shares > 0) & (shares >= shares.max(initial=0.0)))[:MOST]
        return Candidates(self.columns.ids[best], shares[best], True)

    def by_relevance(self, relevance: Relevance, query: EncodedQuery) -> Candidates:
        """The photographs that answer a query of words, weighed by all the evidence there is."""
        vector = query.embeddings[self.model.id]
        weigher = Weigher(self.columns, relevance, query.terms)
        said = np.flatnonzero(weigher.said & self._open)
        compared = self._similarity(vector, relevance.sentences.leading_axes)
        depth = self._first_depth()
        while True:
            if compared is None:
                near, exhausted = self._nearest(vector, depth)
                last = 1.0 if exhausted else float(self._products_of(near, vector).min())
                similarity = Similarity(np.full(len(self.columns), last, np.float32))
                nearest = last - float(weigher.handicap.min(initial=0.0))
            else:
                similarity = compared
                near, exhausted = self._best(similarity, depth, weigher.handicap)
                nearest = float((similarity.of(near) - weigher.handicap[near]).min(initial=1.0))
            captions, best_unseen = self._nearest_captions(vector, depth)
            weighed = np.zeros(len(self.columns), bool)
            weighed[near] = True
            bounds = partial(weigher.bounds, similarity=similarity, caption_similarity=best_unseen)
            others = similarity.best(said[~weighed[said]], depth, bounds)
            last = float(bounds(others).min(initial=np.inf))
            rows = each_once(np.concatenate([near, others, captions]))
            captioned = self._captions_of(rows)
            alike = self._products_of(rows, vector) if compared is None else similarity.of(rows)
            features = weigher.features(rows, alike, captioned, vector)
            strongest = relevance.strongest(features)
            fitted = relevance.log_odds(features, strongest=strongest)
            scores = with_certainty(fitted, weigher.certain[rows])
            order = np.lexsort((rows, -scores))
            order = order[self._included(relevance, query, rows, captioned)[order]]
            threshold = -np.inf
            if not exhausted:
                weighed[rows] = True
                threshold = weigher.most(
                    said[~weighed[said]],
                    nearest=nearest,
                    last=last,
                    similarity=similarity,
                    caption_similarity=best_unseen,
                    strongest=strongest,
                )
            best = float(fitted[order].max(initial=-np.inf))
            complete = self._complete(best, threshold, relevance)
            candidates = Candidates(self.columns.ids[rows[order]], scores[order], complete, best)
            if complete or depth == MOST or int((candidates.scores >= threshold).sum()) >= self.at_least:
                return candidates
            depth = min(MOST, DEEPER * depth)

    def _first_depth(self) -> int:
        return min(MOST, max(DEPTH, self.at_least))

    @cached_property
    def _images(self) -> VectorIndex:
        return self.indexes.image(self.model, self.session)

    @cached_property
    def _captions(self) -> VectorIndex:
        return self.indexes.caption(self.model, self.session)

    @cached_property
    def _open(self) -> Mask:
        """Which photographs may be found (N,), bool: those that the model answers for and that meet the conditions."""
        described = self.columns.facts.described
        return described if self.met is None else described & self.met

    @cached_property
    def _open_rows(self) -> Rows:
        return np.flatnonzero(self._open)

    def _nearest(self, vector: Embedding, depth: int) -> tuple[Rows, bool]:
        """The nearest photographs to a vector, and whether there are no more."""
        if self.met is not None and len(self._open_rows) <= depth:
            return self._open_rows, True
        allowed = None if self.met is None else self.columns.ids[self._open]
        _, ids = self._images.search(vector[None], depth, allowed=allowed)
        named = ids[0][ids[0] >= 0]
        rows = self.columns.rows_of(named)
        return rows[self._open[rows]].astype(np.int64), len(named) < depth

    def _similarity(self, vector: Embedding, axes: LeadingAxes | None = None) -> Similarity | None:
        """How similar photographs that may be found are to a unit vector (D,), float32, if the index compares them all.

        By leading axes the most of them are only bounded.
        """
        if len(self._open_rows) * FEW < len(self.columns) and self._images.compares_all:
            few = np.full(len(self.columns), -1.0, np.float32)
            few[self._open_rows] = self._products_of(self._open_rows, vector)
            return Similarity(few)
        bounds = None if axes is None else self._images.bounds(vector, axes)
        if bounds is not None:
            return Similarity(self._aligned(*bounds, vector), lambda rows: self._products_of(rows, vector))
        products = self._images.products(vector)
        return None if products is None else Similarity(self._aligned(*products, vector))

    def _aligned(self, ids: Ids, values: Array, vector: Embedding) -> Array:
        """Values (any,), float32, of ids (any,), int64, as those of photographs (N,); for what lacks, the product."""
        if np.array_equal(ids, self.columns.ids):
            return values
        similarity = np.full(len(self.columns), np.nan, np.float32)
        rows = np.minimum(np.searchsorted(self.columns.ids, ids), len(self.columns) - 1)
        known = self.columns.ids[rows] == ids
        similarity[rows[known]] = values[known]
        # What came while the index was read.
        missing = self._open_rows[np.isnan(similarity[self._open_rows])]
        similarity[missing] = self._products_of(missing, vector)
        return np.nan_to_num(similarity, nan=-1.0)

    def _best(self, similarity: Similarity, depth: int, handicap: Array | None = None) -> tuple[Rows, bool]:
        """The most similar photographs that may be found, less a handicap (N,), and whether there are no more."""

        def worth(rows: Rows) -> Array:
            if handicap is None:
                return similarity.most[rows]
            if len(rows) == len(handicap):
                return similarity.most - handicap
            return similarity.most[rows] - handicap[rows]

        rows = self._open_rows
        return np.sort(similarity.best(rows, depth, worth)), len(rows) <= depth

    def _nearest_captions(self, vector: Embedding, depth: int) -> tuple[Rows, float | None]:
        """The photographs whose confirmed captions come nearest, and how near any other may come, if there are more."""
        captions = self.columns.caption_ids
        if not len(captions):
            return np.empty(0, np.int64), None
        scores, keys = self._captions.search(vector[None], depth, allowed=captions)
        named = keys[0][keys[0] >= 0]
        order = np.argsort(captions, kind="stable")
        places = np.minimum(np.searchsorted(captions[order], named), len(captions) - 1)
        known = captions[order][places] == named
        rows = each_once(self.columns.caption_rows[order][places[known]]).astype(np.int64)
        return rows[self._open[rows]], float(scores[0][len(named) - 1]) if len(named) == depth else None

    def _products_of(self, rows: Rows, vector: Embedding) -> Array:
        """The inner products (C,), float32, of photographs (C,) with a vector (D,), float32."""
        ids = self.columns.ids[rows]
        held = self._images.products_of(ids, vector)
        if held is not None:
            return held
        stored = catalogue.ImageVectors(self.session, self.model.id).read(ids.tolist())
        order = np.argsort(stored.ids)
        # Of no rows the catalogue cannot tell how long they are.
        products: Array = stored.vectors[order].reshape(-1, self.model.dimension) @ vector
        return products

    def _captions_of(self, rows: Rows) -> CaptionedRows:
        """The confirmed captions of photographs (C,), rising, as far as the model has embedded them."""
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

    def _included(self, relevance: Relevance, query: EncodedQuery, rows: Rows, captioned: CaptionedRows) -> Mask:
        """Which photographs (C,) neither say nor show what a minus excludes."""
        included = np.ones(len(rows), bool)
        for excluded in query.excluded[self.model.id]:
            included &= ~saying_all(self.columns, excluded.terms)[rows]
            if excluded.embedding is not None:
                weigher = Weigher(self.columns, relevance, excluded.terms)
                alike = self._products_of(rows, excluded.embedding)
                against = weigher.features(rows, alike, captioned, excluded.embedding)
                included &= probability(relevance.log_odds(against)) < EXCLUDED_FROM
        return included

    def _complete(self, best: float, threshold: float, relevance: Relevance) -> bool:
        """Whether no photograph that was not weighed, which is worth the threshold at most, still answers."""
        if self.include_irrelevant or threshold == -np.inf:
            return threshold == -np.inf
        chances = probability(np.asarray([best, threshold], np.float32))
        return relevance.cut_off(float(chances[0])) > float(chances[1])
