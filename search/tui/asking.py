"""Stands between the screens and the engine until the engine ranks queries itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captioning.unseen_words import StandIn
from index_data import catalogue
from index_data.library import Library
from search.engine import Engine
from search.query_language import Query, Sort


@dataclass(frozen=True)
class Ranking:
    """An order."""

    image_ids: NDArray[np.int64]
    probabilities: NDArray[np.float32] | None = None
    scores: NDArray[np.float32] | None = None
    unknown_words: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    earlier_models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A photograph."""

    rank: int
    score: float | None
    probability: float | None
    image_id: int
    paths: tuple[bytes, ...]
    caption: str
    keywords: tuple[str, ...]
    why: object = None


def rank(engine: Engine, library: Library, query: Query) -> Ranking:
    """Ranks."""
    if query.words:
        answer = engine.search_text(query.sentence, count=500)
        ids = np.array([h.image_id for h in answer.hits], np.int64)
        scores = np.array([h.score for h in answer.hits], np.float32)
        return Ranking(ids, np.clip(scores, 0, 1), scores, answer.unknown_words, answer.stand_ins)
    with library.transaction() as session:
        if query.likenesses:
            like = query.likenesses[0].picture
            rows = catalogue.ImageVectors(session, engine.model.id).read([int(like)])
            scores, ids = engine.rank_images(rows.vectors, count=500)
            return Ranking(ids[0][ids[0] >= 0], None, scores[0][ids[0] >= 0])
        if query.sort is Sort.PATH:
            return Ranking(np.array(catalogue.images_by_path(session), np.int64))
        return Ranking(np.array(catalogue.images_by_date(session)[::-1], np.int64))


def hits(engine: Engine, library: Library, ranking: Ranking, start: int, count: int) -> tuple[Hit, ...]:
    """Tells."""
    ids = [int(i) for i in ranking.image_ids[start : start + count]]
    records = library.images(ids)
    return tuple(
        Hit(
            start + n,
            None if ranking.scores is None else float(ranking.scores[start + n]),
            None if ranking.probabilities is None else float(ranking.probabilities[start + n]),
            i,
            records[i].paths,
            records[i].caption,
            records[i].keywords,
        )
        for n, i in enumerate(ids)
        if i in records
    )
