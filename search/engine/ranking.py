"""Puts the photographs that answer a query in order, and ends where they no longer answer it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy.orm import Session

from captioning.text.out_of_vocabulary import StandIn
from index_data import catalogue
from index_data.catalogue.conditions import Condition, Not, Saying
from index_data.duplicates import near_groups
from index_data.library import Library
from search.engine.candidates import MOST, Found, Search
from search.engine.document_terms import QuestionWord
from search.engine.encoded_query import Examples, Question, encode_question, minus_questions, mixed
from search.engine.features import Array, Ids
from search.engine.fitted_text_encoder import FittedTextEncoder
from search.engine.query_language import Query, Sort
from search.engine.relevance import Relevance, probability

FOLDED = 1_000
"""Near duplicates are folded among the best so many."""


@dataclass(frozen=True)
class Ranking:
    """The photographs that answer a query, best first or in the order that was asked for.

    Attributes:
        image_ids: Their numbers (N,), int64.
        scores: Log-odds, or inner products where there are no probabilities (N,), float32; none where nothing ranks.
        probabilities: In [0, 1], (N,), float32; none where nothing was fitted for the model, or pictures
            were asked for.
        complete: Whether nothing can follow.
        folded: Near duplicates that a photograph stands for, by its number.
        words: Words of the question that say something.
        unknown_words: Words that the model does not know and nothing stands in for.
        stand_ins: Words that were read as others.
        earlier_models: Models that answered for photographs that the model in use has not described yet.
    """

    image_ids: Ids
    scores: Array | None = None
    probabilities: Array | None = None
    complete: bool = True
    folded: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    words: tuple[QuestionWord, ...] = ()
    unknown_words: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    earlier_models: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.image_ids)

    def without(self, images: Collection[int]) -> Ranking:
        """The same without some photographs."""
        return _picked(self, np.flatnonzero(~np.isin(self.image_ids, list(images))))

    def told(self, question: Question | None, *, earlier_models: tuple[str, ...]) -> Ranking:
        """The same with what a person should know about it."""
        if question is None:
            return replace(self, earlier_models=earlier_models)
        return replace(
            self,
            words=question.words,
            unknown_words=question.unknown_words,
            stand_ins=question.stand_ins,
            earlier_models=earlier_models,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """How a query is to be answered.

    Attributes:
        at_least: How many photographs must be in their final order.
        everything: Show photographs, too, that do not answer it.
        fold: Show one of several near duplicates.
        seed: Of a random order.
        itself: Whether a photograph may be found as looking like itself.
    """

    at_least: int = MOST
    everything: bool = False
    fold: bool = True
    seed: int = 0
    itself: bool = True


PLAIN = Wish()
"""All that answers, folded."""


def browse(library: Library, query: Query, wish: Wish) -> Ranking:
    """All photographs that meet a query's conditions; the newest first, unless it says otherwise."""
    with library.transaction() as session:
        dated = catalogue.images_newest_first(session, _conditions(query))
        ids = np.array([image for image, _ in dated], np.int64)
        if query.sort in (None, Sort.DATE):
            return Ranking(ids)
        return Ranking(ids[_order(session, ids, query.sort, seed=wish.seed)])


def rank(
    library: Library,
    readers: Sequence[FittedTextEncoder],
    query: Query,
    question: Question | None,
    *,
    examples: Mapping[str, Examples],
    wish: Wish,
) -> Ranking:
    """Ranks photographs by words, pictures, or both.

    Args:
        library: Open.
        readers: The models that answer.
        query: As it was parsed.
        question: Its words, where it has any.
        examples: Pictures to look like, and hits that were judged, by the model's id.
        wish: How it is to be answered.
    """
    by_words = question is not None and not examples
    fitted = [reader.relevance for reader in readers if reader.relevance is not None] if by_words else []
    weighs = (question is None or question.known) and len(fitted) == len(readers)
    ordered = query.sort not in (None, Sort.SCORE)
    at_least = MOST if ordered else wish.at_least
    with library.transaction() as session:
        conditions = query.conditions if weighs else _conditions(query)
        allowed = catalogue.matching_images(session, conditions) if conditions else None
        while True:
            search = Search(library, session, allowed, at_least, wish.everything)
            ranking = _merged(_found(search, readers, query, question, examples=examples, fitted=fitted))
            if weighs:
                ranking = _cut(ranking, fitted[0], everything=wish.everything)
            first = ranking.image_ids[:at_least]
            if wish.fold:
                ranking = _folded(library, ranking)
            shown = int(np.isin(first, ranking.image_ids).sum())
            if ranking.complete or shown >= wish.at_least or at_least >= MOST:
                break
            # What is folded away is no hit: as many must follow.
            at_least = min(MOST, 2 * at_least)
        if ordered and query.sort is not None:
            ranking = _picked(ranking, _order(session, ranking.image_ids, query.sort, seed=wish.seed))
    return ranking


def _found(
    search: Search,
    readers: Sequence[FittedTextEncoder],
    query: Query,
    question: Question | None,
    *,
    examples: Mapping[str, Examples],
    fitted: Sequence[Relevance],
) -> list[Found]:
    """What each model finds; weighed where something was fitted for all of them."""
    if question is not None and not question.known and not examples:
        return [search.saying(question)]
    if question is not None and len(fitted) == len(readers):
        return [
            search.weighed(reader.encoder, relevance, question, minus_questions(query, reader.encoder))
            for reader, relevance in zip(readers, fitted, strict=True)
        ]
    found = []
    for reader in readers:
        words = encode_question(question, reader.encoder) if question else None
        found.append(search.alike(reader.identity, mixed(words, examples.get(reader.identity.id, Examples()))))
    return found


def _conditions(query: Query) -> list[Condition]:
    """The conditions of a query, and that its minus words are not said."""
    return [*query.conditions, *(Not(Saying(text)) for text in query.minus)]


def _merged(found: Sequence[Found]) -> Ranking:
    ids = np.concatenate([one.ids for one in found])
    scores = np.concatenate([one.scores for one in found])
    order = np.lexsort((ids, -scores))
    return Ranking(ids[order], scores[order], complete=all(one.complete for one in found))


def _cut(ranking: Ranking, relevance: Relevance, *, everything: bool) -> Ranking:
    """Says probabilities, and ends where photographs no longer answer."""
    assert ranking.scores is not None
    probabilities = probability(ranking.scores)
    ranking = replace(ranking, probabilities=probabilities)
    if everything or not len(ranking):
        return ranking
    answers = int((probabilities >= relevance.cut_off(float(probabilities[0]))).sum())
    return _picked(ranking, np.arange(answers))


def _folded(library: Library, ranking: Ranking) -> Ranking:
    """Lets the best of several near duplicates stand for them."""
    groups = near_groups(library, ranking.image_ids[:FOLDED].tolist())
    if not groups:
        return ranking
    hidden = np.isin(ranking.image_ids, [image for group in groups for image in group[1:]])
    return replace(_picked(ranking, np.flatnonzero(~hidden)), folded={group[0]: group[1:] for group in groups})


def _picked(ranking: Ranking, rows: Ids) -> Ranking:
    return replace(
        ranking,
        image_ids=ranking.image_ids[rows],
        scores=None if ranking.scores is None else ranking.scores[rows],
        probabilities=None if ranking.probabilities is None else ranking.probabilities[rows],
    )


def _order(session: Session, ids: Ids, sort: Sort, *, seed: int) -> Ids:
    """The rows of photographs in an order that is not that of their scores."""
    if sort is Sort.RANDOM:
        # Each photograph keeps its place among the others, whichever others there are.
        places: Mapping[int, object] = {
            image: hashlib.blake2b(f"{seed} {image}".encode(), digest_size=8).digest() for image in ids.tolist()
        }
    elif sort is Sort.PATH:
        places = {image: rank for rank, image in enumerate(catalogue.images_by_path(session))}
    else:
        places = {image: rank for rank, (image, _) in enumerate(catalogue.images_newest_first(session))}
    rows = sorted(range(len(ids)), key=lambda row: places[int(ids[row])])  # type: ignore[arg-type,return-value]
    return np.asarray(rows, np.int64)
