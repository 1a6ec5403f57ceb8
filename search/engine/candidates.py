"""Finds the photographs that one model answers a query with, and weighs each.

The vector index and the full-text index name candidates, and all that are named are weighed. More are taken until no
photograph that is found by its similarity alone can matter: Fagin's threshold algorithm, "Optimal Aggregation
Algorithms for Middleware" (2003), where the threshold is what the last candidate's similarity alone would give. Where
more photographs contain the words than are looked at, those that fit them best or are most similar stand for the
others.

Axis legend: N photographs, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.catalogue import Session
from index_data.vectors.cache import VectorIndexes
from search.engine.document_terms import QueryTerm, document_terms, matched_share, matches_all
from search.engine.encoded_query import Embedding, EncodedQuery
from search.engine.features import Array, Ids, Photographs, read_photographs, said_by_people, weigh
from search.engine.relevance import Relevance, RelevanceFeatures, probability, with_certainty

DEPTH = 200
"""Candidates that are looked at first, of each kind."""

DEEPER = 4
"""How many times more are looked at next."""

MOST = 20_000
"""The most candidates of a kind that are ever weighed; what comes behind them is not shown."""

EXCLUDED_FROM = 0.5
"""Probability from which on a photograph shows what a minus excludes."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one model found, best first.

    Attributes:
        ids: Numbers of photographs (N,), int64.
        scores: Log-odds, or inner products in [-1, 1] (N,), float32.
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
    """Looks for candidates in one library.

    Attributes:
        session: In which everything is read, so that it fits together.
        indexes: Of the library.
        allowed: Photographs that may be found; none for all.
        at_least: How many must be in their final order.
        include_irrelevant: Find photographs, too, that do not answer.
    """

    session: Session
    indexes: VectorIndexes
    allowed: Sequence[int] | None
    at_least: int
    include_irrelevant: bool

    def by_vector(self, model: ModelIdentity, vector: Embedding) -> Candidates:
        """The photographs nearest to a unit vector (D,), float32, by inner product."""
        ids, scores, exhausted = self._nearest(model, vector, min(MOST, max(DEPTH, self.at_least)))
        return Candidates(ids, scores, exhausted)

    def by_text(self, terms: Sequence[QueryTerm]) -> Candidates:
        """The photographs whose captions, tags or paths contain the most of a query; scores are shares in [0, 1]."""
        ids = self._only_allowed(catalogue.images_saying(self.session, _expanded(terms), count=MOST))
        words = catalogue.words_of(self.session, ids.tolist())
        shares = [matched_share(terms, document_terms(words[image]).texts) for image in ids.tolist()]
        scores = np.asarray(shares, np.float32)
        best = np.flatnonzero(scores >= max(shares, default=0.0))
        return Candidates(ids[best], scores[best], True)

    def by_relevance(self, model: ModelIdentity, relevance: Relevance, query: EncodedQuery) -> Candidates:
        """The photographs that answer a query of words, weighed by all the evidence there is."""
        vector = query.embeddings[model.id]
        depth = min(MOST, max(DEPTH, self.at_least))
        while True:
            ids, similarity, exhausted = self._nearest(model, vector, depth)
            ids = np.union1d(ids, self._with_terms(model, vector, query.terms, depth))
            photographs = read_photographs(self.session, ids.tolist(), model=model, relevance=relevance)
            features = weigh(photographs, vector, query.terms, relevance)
            strongest = relevance.strongest(features)
            fitted = relevance.log_odds(features, strongest=strongest)
            scores = with_certainty(fitted, said_by_people(photographs, query.terms))
            included = np.ones(len(scores), bool)
            for excluded in query.excluded[model.id]:
                contained = [matches_all(excluded.terms, document.texts) for document in photographs.terms]
                included &= ~np.array(contained, bool)
                if excluded.embedding is not None:
                    against = weigh(photographs, excluded.embedding, excluded.terms, relevance)
                    included &= probability(relevance.log_odds(against)) < EXCLUDED_FROM
            order = np.lexsort((photographs.ids, -scores))
            order = order[included[order]]
            threshold = -np.inf
            if not exhausted:
                threshold = _threshold(similarity, photographs, len(query.terms), relevance, strongest)
            best = float(fitted[order].max(initial=-np.inf))
            complete = self._complete(best, threshold, relevance)
            candidates = Candidates(photographs.ids[order], scores[order], complete, best)
            if complete or depth == MOST or int((candidates.scores >= threshold).sum()) >= self.at_least:
                return candidates
            depth = min(MOST, DEEPER * depth)

    def _nearest(self, model: ModelIdentity, vector: Embedding, depth: int) -> tuple[Ids, Array, bool]:
        """The nearest photographs with their inner products, and whether there are no more."""
        scores, ids = self.indexes.image(model).search(vector[None], depth, allowed=self.allowed)
        filled = ids[0] >= 0
        return ids[0][filled], scores[0][filled], int(filled.sum()) < depth

    def _with_terms(self, model: ModelIdentity, vector: Embedding, terms: Sequence[QueryTerm], depth: int) -> Ids:
        """Photographs whose texts contain the terms, or whose captions by people come near."""
        images = catalogue.images_saying(self.session, _expanded(terms), count=depth)
        confirmed = catalogue.all_confirmed_captions(self.session)
        if confirmed:
            _, near = self.indexes.caption(model).search(vector[None], depth, allowed=confirmed)
            images += catalogue.images_of_captions(self.session, [key for key in near[0].tolist() if key >= 0])
        return self._only_allowed(images)

    def _only_allowed(self, images: Sequence[int]) -> Ids:
        ids = np.unique(np.asarray(images, np.int64))
        return ids if self.allowed is None else np.intersect1d(ids, np.asarray(self.allowed, np.int64))

    def _complete(self, best: float, threshold: float, relevance: Relevance) -> bool:
        """Whether no photograph that was not looked at, which is worth the threshold at most, still answers."""
        if self.include_irrelevant or threshold == -np.inf:
            return threshold == -np.inf
        chances = probability(np.asarray([best, threshold], np.float32))
        return relevance.cut_off(float(chances[0])) > float(chances[1])


def _expanded(terms: Sequence[QueryTerm]) -> list[str]:
    return [word for term in terms for word in term.expansion]


def _threshold(
    similarity: Array, photographs: Photographs, words: int, relevance: Relevance, strongest: float
) -> float:
    """The log-odds of a photograph as similar as the last one, of the least hubness, whose texts contain no term."""
    if not len(similarity) or not len(photographs.ids):
        return -np.inf
    zero = np.zeros(1, np.float32)
    last = np.array([similarity[-1] - relevance.hubness_weight * float(photographs.hubness.min())], np.float32)
    unseen = RelevanceFeatures(last, zero, zero, zero, zero, zero, zero, max(1, words))
    return float(relevance.log_odds(unseen, strongest=strongest)[0])
