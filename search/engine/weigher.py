"""Weighs photographs for one question by what the columns know of them.

Axis legend: N photographs of the library, C candidates, K confirmed captions of candidates, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index_data.columns.columns import CONFIRMED, Columns
from search.engine.document_terms import QueryTerm
from search.engine.encoded_query import Embedding
from search.engine.features import Array
from search.engine.relevance import Relevance, RelevanceFeatures, with_certainty
from search.engine.similarity import Bounded
from search.engine.word_shares import WordShares, said_by_people

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CaptionedRows:
    """Captions that people confirmed.

    Attributes:
        owners: The place of each one's photograph among the candidates (K,), int64.
        vectors: Unit vectors (K, D), float32.
    """

    owners: Rows
    vectors: Array


class Weigher:
    """Tells what speaks for photographs as answers to one question: what `features.weigh` tells, of many at once."""

    def __init__(self, columns: Columns, relevance: Relevance, terms: Sequence[QueryTerm]) -> None:
        """Looks up the words of the question in the columns of N photographs."""
        self._columns, self._relevance, self._terms = columns, relevance, terms
        self._shares = WordShares(columns, terms)
        self._words = max(1, len(terms))

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Of which photographs (N,), bool, a person says every word as it was asked."""
        return said_by_people(self._columns, self._terms)

    @property
    def said(self) -> NDArray[np.bool_]:
        """Of which photographs (N,), bool, anything of the question is said."""
        return self._shares.said

    @property
    def handicap(self) -> Array:
        """What is taken off each photograph's similarity for its hubness (N,), float32."""
        return self._columns.scaled_hubness(self._relevance.hubness_weight)

    @property
    def least_handicap(self) -> float:
        """The least of those of photographs that may be found."""
        return self._relevance.hubness_weight * self._columns.least_hubness

    def features(self, rows: Rows, alike: Array, captions: CaptionedRows, query: Embedding) -> RelevanceFeatures:
        """What speaks for each photograph.

        Args:
            rows: Of the candidates (C,), int64, rising.
            alike: Inner products (C,), float32, of their vectors and the question's.
            captions: Of theirs.
            query: Unit vector (D,), float32, of the question.
        """
        nearest = np.full(len(rows), -np.inf, np.float32)
        np.maximum.at(nearest, captions.owners, captions.vectors @ query)
        confirmed = nearest > -np.inf
        return self._features(rows, alike, np.where(confirmed, nearest, 0), confirmed.astype(np.float32))

    def bounds(self, rows: Rows, *, similarity: Bounded, caption_similarity: float | None) -> Array:
        """What photographs (C,), int64, may be worth at most beside each other (C,), float32.

        Args:
            rows: Photographs that were not among the nearest.
            similarity: Of all.
            caption_similarity: Which no confirmed caption of theirs exceeds; none where none has one.
        """
        return self._bounds(rows, similarity.most[rows], caption_similarity, strongest=0.0)

    def most(
        self,
        rows: Rows,
        *,
        nearest: float,
        last: float,
        similarity: Bounded,
        caption_similarity: float | None,
        strongest: float,
    ) -> float:
        """The log-odds that the best of the photographs that were not weighed has at most; see `bounds`.

        Args:
            rows: Those among them (any,), int64, of which anything is said.
            nearest: What the similarity of none of them exceeds, less its handicap.
            last: What `bounds` of none of `rows` exceeds.
            similarity: Of all.
            caption_similarity: Which no confirmed caption of theirs exceeds; none where none has one.
            strongest: Of those that were weighed.
        """

        def worth(rows: Rows) -> Array:
            return self._bounds(rows, similarity.most[rows], caption_similarity, strongest=strongest)

        # The nearest stands for all of which nothing is said, once without a confirmed caption and once with one.
        zero, confirmed = np.zeros(2, np.float32), np.array([0, caption_similarity is not None], np.float32)
        captions = confirmed * np.float32(caption_similarity or 0.0)
        silent = RelevanceFeatures(zero + np.float32(nearest), captions, confirmed, zero, zero, zero, zero, self._words)
        bounds = self._relevance.log_odds(silent, strongest=strongest)
        certain = self.certain[rows]
        if not certain.all():
            # How strong the strongest are adds as much to the log-odds of all; certainty comes last.
            added = bounds[0] - self._relevance.log_odds(silent, strongest=0.0)[0]
            bounds = np.append(bounds, last + added)
        return float(np.append(bounds, worth(similarity.best(rows[certain], 1, worth))).max())

    def _bounds(self, rows: Rows, alike: Array, caption_similarity: float | None, *, strongest: float) -> Array:
        bounds = self._unconfirmed(rows, alike, strongest=strongest)
        certain = self.certain[rows]
        if caption_similarity is None:
            return with_certainty(bounds, certain)
        zero = np.zeros(len(rows), np.float32)
        captioned = self._columns.facts.judged[rows] & CONFIRMED != 0
        nearest = np.full(len(rows), caption_similarity, np.float32)
        others = self._relevance.log_odds(self._features(rows, alike, nearest, zero + 1), strongest=strongest)
        return with_certainty(np.where(captioned, np.maximum(bounds, others), bounds), certain)

    def _unconfirmed(self, rows: Rows, alike: Array, *, strongest: float) -> Array:
        """The log-odds (C,), float32, of photographs (C,), int64, were none of them to have a confirmed caption."""
        weights, shares = self._relevance.weights(self._words, strongest=strongest), self._shares
        bounds: Array = np.float32(weights.similarity) * (alike - self.handicap[rows]) + np.float32(weights.constant)
        for weight, share, there in (
            (weights.proposed_words, shares.proposed, "proposed"),
            (weights.confirmed_words, shares.confirmed, "confirmed"),
            (weights.keyword_words, shares.keywords, "keywords"),
            (weights.path_words, shares.paths, "paths"),
        ):
            # Of most questions some kind of text says nothing anywhere.
            if there in shares.speaking:
                bounds += np.float32(weight) * share[rows]
        return bounds

    def _features(self, rows: Rows, alike: Array, caption_similarity: Array, confirmed: Array) -> RelevanceFeatures:
        return RelevanceFeatures(
            similarity=alike - self.handicap[rows],
            caption_similarity=caption_similarity.astype(np.float32),
            confirmed=confirmed,
            proposed_words=self._shares.proposed[rows],
            confirmed_words=self._shares.confirmed[rows],
            keyword_words=self._shares.keywords[rows],
            path_words=self._shares.paths[rows],
            words=self._words,
        )
