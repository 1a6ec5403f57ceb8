"""Puts the photographs that answer a query in order, and ends where they no longer answer it.

Axis legend: N photographs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from index_data.catalogue.conditions import Condition, Not, Saying
from index_data.columns.columns import Columns
from index_data.columns.masks import meeting
from index_data.duplicates import near_groups
from index_data.library import Library
from search.engine.answering_model import AnsweringModel
from search.engine.candidates import MOST, Candidates, CandidateSearch
from search.engine.encoded_query import EncodedQuery, Examples, mix
from search.engine.features import Array, Ids
from search.engine.options import SearchOptions
from search.engine.orders import everything_in_order, in_order, shuffled
from search.engine.query import Query, Sort
from search.engine.relevance import Relevance, probability

if TYPE_CHECKING:
    from index_data.catalogue import Session

COLLAPSED = 1_000
"""Near duplicates are collapsed among the best so many."""


@dataclass(frozen=True)
class Ranking:
    """The photographs that answer a query, best first or in the order that was asked for.

    Attributes:
        image_ids: Their numbers (N,), int64.
        scores: Log-odds, or inner products in [-1, 1] where there are no probabilities (N,), float32; none where
            nothing ranks.
        probabilities: In [0, 1], (N,), float32; none where nothing was fitted for the model, or pictures
            were asked for.
        complete: Whether nothing can follow.
        near_duplicates: What a photograph stands for, by its number.
        other_moments: The further moments of its film that a moment stands for, by its number, in order.
    """

    image_ids: Ids
    scores: Array | None = None
    probabilities: Array | None = None
    complete: bool = True
    near_duplicates: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    other_moments: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.image_ids)

    def without(self, images: Collection[int]) -> Ranking:
        """The same without these photographs."""
        return self._picked(np.flatnonzero(~np.isin(self.image_ids, list(images))))

    def _picked(self, rows: Ids) -> Ranking:
        return replace(
            self,
            image_ids=self.image_ids[rows],
            scores=None if self.scores is None else self.scores[rows],
            probabilities=None if self.probabilities is None else self.probabilities[rows],
        )

    def _cut(self, relevance: Relevance, best: float, *, include_irrelevant: bool) -> Ranking:
        """The same with probabilities, as far as photographs answer where the best has these log-odds."""
        assert self.scores is not None
        probabilities = probability(self.scores)
        ranking = replace(self, probabilities=probabilities)
        if include_irrelevant or not len(ranking):
            return ranking
        least = relevance.cut_off(float(probability(np.array([best], np.float32))[0]))
        answers = int((probabilities >= least).sum())
        return ranking._picked(np.arange(answers))

    def _folded(self, columns: Columns) -> Ranking:
        """The same where the first of several moments of one film stands for them."""
        if not len(columns.moments.rows):
            return self
        videos = columns.videos_of(self.image_ids)
        places = np.flatnonzero(videos)
        if not len(places):
            return self
        _, first, films = np.unique(videos[places], return_index=True, return_inverse=True)
        heads = places[first][films]
        others: dict[int, tuple[int, ...]] = {}
        for head, image in zip(self.image_ids[heads].tolist(), self.image_ids[places].tolist(), strict=True):
            if image != head:
                others[head] = (*others.get(head, ()), image)
        kept = np.ones(len(self), bool)
        kept[places[places != heads]] = False
        return replace(self._picked(np.flatnonzero(kept)), other_moments=others)

    def _collapsed(self, session: Session, columns: Columns) -> Ranking:
        """The same where the best of several near duplicates stands for them, and of a film's moments the best.

        A film that shows a photograph is another thing than the photograph: neither stands for the other.
        """
        folded = self._folded(columns)
        best = folded.image_ids[:COLLAPSED]
        rows = columns.rows_of(best)
        rows = rows[columns.facts.has_hash[rows]]
        moments = columns.videos_of(columns.ids[rows]) > 0
        groups: list[tuple[int, ...]] = []
        for part in filter(len, (rows[~moments], rows[moments])):
            hashes = dict(zip(columns.ids[part].tolist(), columns.facts.perceptual_hash[part].tolist(), strict=True))
            groups += near_groups(session, best.tolist(), hashes=hashes)
        if not groups:
            return folded
        hidden = [image for group in groups for image in group[1:]]
        return replace(folded.without(hidden), near_duplicates={group[0]: group[1:] for group in groups})


def browse(session: Session, columns: Columns, query: Query, *, options: SearchOptions) -> Ranking:
    """All photographs that meet a query's conditions: the newest first or an album's in its order, unless it says.

    Of a film its first moment stands for all that meet them, unless somebody chose each for an album.
    """
    conditions = _conditions(query)
    met = meeting(session, columns, conditions) if conditions else None
    if query.sort is Sort.RANDOM:
        ids = columns.ids if met is None else columns.ids[met]
        ranking = Ranking(ids[shuffled(ids, options.seed)])
    else:
        order = everything_in_order(session, columns, met, query)
        ranking = Ranking(columns.ids_in(order) if met is None else columns.ids[order[met[order]]])
    return ranking._folded(columns) if options.collapse_duplicates and query.album is None else ranking


def rank(
    session: Session,
    library: Library,
    models: Sequence[AnsweringModel],
    query: Query,
    words: EncodedQuery | None,
    *,
    examples: Mapping[str, Examples],
    options: SearchOptions,
    at_least: int,
) -> Ranking:
    """Ranks photographs by words, pictures, or both.

    Args:
        session: In which everything is read, so that it fits together.
        library: Of whose photographs.
        models: Those that answer.
        query: As it was parsed.
        words: Its words as the models read them, where it has any.
        examples: Pictures to look like, and hits that were judged, by the model's id.
        options: How it is to be answered.
        at_least: How many photographs must be in their final order.
    """
    fitted: list[Relevance] = []
    if words is not None and not examples:
        fitted = [model.relevance for model in models if model.relevance is not None]
    weighs = (words is None or words.known) and len(fitted) == len(models)
    ordered = query.sort not in (None, Sort.SCORE)
    shown_at_least, at_least = at_least, MOST if ordered else at_least
    conditions = query.conditions if weighs else _conditions(query)
    include_irrelevant = options.include_irrelevant or query.says_all
    columns = [columns_of(session, library, model) for model in models]
    met = [meeting(session, part, conditions) if conditions else None for part in columns]
    while True:
        searches = [
            CandidateSearch(session, library.indexes, model.identity, part, mask, at_least, include_irrelevant)
            for model, part, mask in zip(models, columns, met, strict=True)
        ]
        candidates = _candidates(searches, models, words, examples=examples, fitted=fitted)
        ranking = _merged(candidates)
        if weighs:
            best = max(part.best for part in candidates)
            ranking = ranking._cut(fitted[0], best, include_irrelevant=include_irrelevant)
        first = ranking.image_ids[:at_least]
        if options.collapse_duplicates:
            ranking = ranking._collapsed(session, columns[0])
        shown = int(np.isin(first, ranking.image_ids).sum())
        if ranking.complete or shown >= shown_at_least or at_least >= MOST:
            break
        # What is collapsed is no hit: as many must follow.
        at_least = min(MOST, 2 * at_least)
    if ordered:
        ranking = ranking._picked(in_order(session, columns[0], ranking.image_ids, query, seed=options.seed))
    return ranking


def columns_of(session: Session, library: Library, model: AnsweringModel) -> Columns:
    """The columns of a library's photographs for a model, with the hubness that was fitted for it.

    Raises:
        ModelFileError: The model's relevance is damaged.
    """
    bank = None if model.relevance is None else model.relevance.sentences
    return library.columns.columns(session, model.identity, bank)


def _candidates(
    searches: Sequence[CandidateSearch],
    models: Sequence[AnsweringModel],
    words: EncodedQuery | None,
    *,
    examples: Mapping[str, Examples],
    fitted: Sequence[Relevance],
) -> list[Candidates]:
    """What each model finds; weighed where a relevance was fitted for all of them."""
    if words is not None and not words.known and not examples:
        return [searches[0].by_text(words.terms)]
    if words is not None and len(fitted) == len(searches):
        return [search.by_relevance(relevance, words) for search, relevance in zip(searches, fitted, strict=True)]
    candidates = []
    for search, model in zip(searches, models, strict=True):
        key = model.identity.id
        vector = mix(words.embeddings[key] if words else None, examples.get(key, Examples()))
        axes = None if model.relevance is None else model.relevance.sentences.leading_axes
        candidates.append(search.by_vector(vector, axes))
    return candidates


def _conditions(query: Query) -> list[Condition]:
    """The conditions of a query, and that no text contains its minus words."""
    return [*query.conditions, *(Not(Saying(text)) for text in query.minus)]


def _merged(parts: Sequence[Candidates]) -> Ranking:
    ids = np.concatenate([part.ids for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    order = np.lexsort((ids, -scores))
    return Ranking(ids[order], scores[order], complete=all(part.complete for part in parts))
