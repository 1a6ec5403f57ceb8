"""Finds the photographs that one model answers a question with, and weighs each.

The vector index and the full-text index name candidates, and all that are named are weighed. More are taken until no
photograph that is found by its likeness alone can matter: Fagin's threshold algorithm, "Optimal Aggregation Algorithms
for Middleware" (2003), where the threshold is what the last candidate's likeness alone would give. Where words are said
of more photographs than are looked at, those that say them best or are likest stand for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data import catalogue
from index_data.library import Library
from search.engine.document_terms import said_of, share_said
from search.engine.encoded_query import Embedding, Question, encode_question
from search.engine.features import Array, Ids, Photographs, read_photographs, says_all, weigh
from search.engine.relevance import Evidence, Relevance, probability

DEPTH = 200
"""Candidates that are looked at first, of each kind."""

DEEPER = 4
"""How many times more are looked at next."""

MOST = 20_000
"""The most candidates of a kind that are ever weighed; what comes behind them is not shown."""

EXCLUDED_FROM = 0.5
"""Probability from which on a photograph shows what a minus excludes."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one model found, best first.

    Attributes:
        ids: Numbers of photographs (N,), int64.
        scores: Log-odds, or inner products (N,), float32.
        complete: Whether nothing that answers can follow.
    """

    ids: Ids
    scores: Array
    complete: bool


@dataclass(frozen=True)
class Search:
    """One question to one library.

    Attributes:
        library: Open.
        session: In which everything is read, so that it fits together.
        allowed: Photographs that may be found; none for all.
        at_least: How many must be in their final order.
        everything: Find photographs, too, that do not answer.
    """

    library: Library
    session: Session
    allowed: Sequence[int] | None
    at_least: int
    everything: bool

    def alike(self, model: ModelIdentity, vector: Embedding) -> Found:
        """The photographs nearest to a unit vector (D,), float32, by inner product."""
        ids, scores, exhausted = self._nearest(model, vector, min(MOST, max(DEPTH, self.at_least)))
        return Found(ids, scores, exhausted)

    def saying(self, question: Question) -> Found:
        """The photographs whose captions, tags or paths say the most of a question; scores are shares in [0, 1]."""
        read = [word for one in question.words for word in one.read]
        ids = self._allowed(catalogue.images_saying(self.session, read, count=MOST))
        words = catalogue.words_of(self.session, ids.tolist())
        said = (said_of(words[image]) for image in ids.tolist())
        shares = [share_said(question.words, one.proposed | one.kept | one.paths) for one in said]
        scores = np.asarray(shares, np.float32)
        best = np.flatnonzero(scores >= max(shares, default=0.0))
        return Found(ids[best], scores[best], True)

    def weighed(
        self, reader: NumpyTextEncoder, relevance: Relevance, question: Question, minus: Sequence[Question]
    ) -> Found:
        """The photographs that a question of words is answered by, weighed by all the evidence there is."""
        vector = encode_question(question, reader)
        excluded = [(encode_question(one, reader), one) for one in minus]
        depth = min(MOST, max(DEPTH, self.at_least))
        while True:
            ids, likeness, exhausted = self._nearest(reader.identity, vector, depth)
            ids = np.union1d(ids, self._said(reader.identity, vector, question, depth))
            photographs = read_photographs(self.session, ids.tolist(), model=reader.identity, relevance=relevance)
            evidence = weigh(photographs, vector, question.words, relevance)
            strongest = relevance.strongest(evidence)
            scores = relevance.log_odds(evidence, strongest=strongest)
            wanted = np.ones(len(scores), bool)
            for place, one in excluded:
                shown = probability(relevance.log_odds(weigh(photographs, place, one.words, relevance)))
                wanted &= (shown < EXCLUDED_FROM) & ~says_all(photographs, one.words)
            order = np.lexsort((photographs.ids, -scores))
            order = order[wanted[order]]
            threshold = -np.inf
            if not exhausted:
                threshold = _threshold(likeness, photographs, question, relevance, strongest)
            complete = self._complete(scores[order], threshold, relevance)
            found = Found(photographs.ids[order], scores[order], complete)
            if complete or depth == MOST or int((found.scores >= threshold).sum()) >= self.at_least:
                return found
            depth = min(MOST, DEEPER * depth)

    def _nearest(self, model: ModelIdentity, vector: Embedding, depth: int) -> tuple[Ids, Array, bool]:
        """The nearest photographs with their inner products, and whether there are no more."""
        scores, ids = self.library.indexes.image(model).search(vector[None], depth, allowed=self.allowed)
        there = ids[0] >= 0
        return ids[0][there], scores[0][there], int(there.sum()) < depth

    def _said(self, model: ModelIdentity, vector: Embedding, question: Question, depth: int) -> Ids:
        """Photographs whose captions, tags or paths say the words, or whose captions by people come near."""
        read = [word for one in question.words for word in one.read]
        found = catalogue.images_saying(self.session, read, count=depth)
        kept = catalogue.all_kept_captions(self.session)
        if kept:
            _, near = self.library.indexes.caption(model).search(vector[None], depth, allowed=kept)
            found += catalogue.images_of_captions(self.session, [key for key in near[0].tolist() if key >= 0])
        return self._allowed(found)

    def _allowed(self, found: Sequence[int]) -> Ids:
        ids = np.unique(np.asarray(found, np.int64))
        return ids if self.allowed is None else np.intersect1d(ids, np.asarray(self.allowed, np.int64))

    def _complete(self, scores: Array, threshold: float, relevance: Relevance) -> bool:
        """Whether no photograph that was not looked at, which is worth the threshold at most, still answers."""
        if self.everything or threshold == -np.inf:
            return threshold == -np.inf
        best = float(probability(scores[:1])[0]) if len(scores) else 0.0
        return relevance.cut_off(best) > float(probability(np.asarray([threshold], np.float32))[0])


def _threshold(
    likeness: Array, photographs: Photographs, question: Question, relevance: Relevance, strongest: float
) -> float:
    """The log-odds of a photograph that is as like as the last one, uncrowded, and of which nothing is said."""
    if not len(likeness) or not len(photographs.ids):
        return -np.inf
    none = np.zeros(1, np.float32)
    least_crowded = float(photographs.crowdedness.min())
    last = np.array([likeness[-1] - relevance.crowding * least_crowded], np.float32)
    unseen = Evidence(last, none, none, none, none, none, none, max(1, len(question.words)))
    return float(relevance.log_odds(unseen, strongest=strongest)[0])
