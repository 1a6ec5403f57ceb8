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

from captioning.outputs import ModelIdentity
from index_data.columns.columns import Columns
from index_data.columns.postings import each_once
from index_data.vectors.interface import Indexes
from search.engine.document_terms import QueryTerm
from search.engine.encoded_query import Embedding, EncodedQuery
from search.engine.features import Array, Ids
from search.engine.open_vectors import Mask, OpenVectors
from search.engine.relevance import Relevance, probability, with_certainty
from search.engine.similarity import WIDER, Bounded, Rows, Worth
from search.engine.weigher import CaptionedRows, Weigher
from search.engine.word_shares import saying_all, text_shares

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.leading import LeadingAxes

DEPTH = 200
"""Candidates that are looked at first, of each kind."""

DEEPER = 4
"""How many times more are looked at next."""

MOST = 20_000
"""The most candidates of a kind that are ever weighed; what comes behind them is not shown."""

SCATTERED = 32
"""Times as many products are computed beside leading axes, as a rule, as photographs are asked for."""

EXCLUDED_FROM = 0.5
"""Probability from which on a photograph shows what a minus excludes."""


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
    indexes: Indexes
    model: ModelIdentity
    columns: Columns
    met: Mask | None
    at_least: int
    include_irrelevant: bool

    def by_vector(self, vector: Embedding, axes: LeadingAxes | None = None) -> Candidates:
        """The photographs nearest to a unit vector (D,), float32, by inner product; axes make it quicker."""
        depth = self._first_depth()
        if SCATTERED * depth > self._vectors.open_count:
            # To compute so many one after the other takes longer than to compute all at once.
            axes = None
        similarity = self._vectors.similarity(vector, depth, axes)
        rows, exhausted = self._vectors.best(similarity, depth)
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
        said = np.flatnonzero(weigher.said & self._vectors.open)
        axes = relevance.sentences.leading_axes
        depth = self._first_depth()
        similarity = self._vectors.similarity(vector, depth, axes)
        while True:
            near, exhausted = self._vectors.best(similarity, depth, weigher.handicap)
            nearest = float((similarity.most[near] - weigher.handicap[near]).min(initial=1.0))
            if similarity.beyond > -1:
                nearest = max(nearest, similarity.beyond - weigher.least_handicap)
            captions, best_unseen = self._vectors.nearest_captions(vector, depth)
            weighed = np.zeros(len(self.columns), bool)
            weighed[near] = True
            bounds = partial(weigher.bounds, similarity=similarity, caption_similarity=best_unseen)
            others, last = similarity.likeliest(
                said[~weighed[said]], depth, bounds, least=partial(self._least, similarity, bounds, near, query)
            )
            rows = each_once(np.concatenate([near, others, captions]))
            captioned = self._vectors.captions_of(rows)
            included = self._included(relevance, query, rows, captioned)
            similarity.tell(rows)
            settled = False
            while not settled:
                features = weigher.features(rows, similarity.most[rows], captioned, vector)
                strongest = relevance.strongest(features)
                fitted = relevance.log_odds(features, strongest=strongest)
                scores = with_certainty(fitted, weigher.certain[rows])
                order = np.lexsort((rows, -scores))
                order = order[included[order]]
                # What comes first does so by its own vector, not by what an index rounded.
                settled = similarity.computed(rows[order[: self.at_least]])
                if not settled:
                    similarity.of(rows[order[: WIDER * self.at_least]])
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
            similarity = self._vectors.deeper(similarity, vector, depth)

    def _first_depth(self) -> int:
        return min(MOST, max(DEPTH, self.at_least))

    @cached_property
    def _vectors(self) -> OpenVectors:
        return OpenVectors(self.session, self.indexes, self.model, self.columns, self.met)

    def _least(self, similarity: Bounded, worth: Worth, near: Rows, query: EncodedQuery) -> float:
        """What the last photograph that is asked for is worth at least, as far as the nearest (C,), int64, tell."""
        # Some of the best are what a minus excludes.
        wanted = self.at_least * (2 if query.excluded[self.model.id] else 1)
        if wanted > len(near):
            return -np.inf
        best = near[np.argpartition(worth(near), -wanted)[-wanted:]]
        similarity.of(best)
        return float(worth(best).min())

    def _included(self, relevance: Relevance, query: EncodedQuery, rows: Rows, captioned: CaptionedRows) -> Mask:
        """Which photographs (C,) neither say nor show what a minus excludes."""
        included = np.ones(len(rows), bool)
        for excluded in query.excluded[self.model.id]:
            included &= ~saying_all(self.columns, excluded.terms)[rows]
            if excluded.embedding is not None:
                weigher = Weigher(self.columns, relevance, excluded.terms)
                alike = self._vectors.products_of(rows, excluded.embedding)
                against = weigher.features(rows, alike, captioned, excluded.embedding)
                included &= probability(relevance.log_odds(against)) < EXCLUDED_FROM
        return included

    def _complete(self, best: float, threshold: float, relevance: Relevance) -> bool:
        """Whether no photograph that was not weighed, which is worth the threshold at most, still answers."""
        if self.include_irrelevant or threshold == -np.inf:
            return threshold == -np.inf
        chances = probability(np.asarray([best, threshold], np.float32))
        return relevance.cut_off(float(chances[0])) > float(chances[1])
