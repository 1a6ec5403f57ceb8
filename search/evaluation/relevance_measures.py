"""Measures whether probabilities of relevance can be believed, and whether nothing is shown where nothing matches.

Axis legend: Q queries, N photographs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captioning import metrics
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from search.engine.encoded_query import read_terms
from search.engine.engine import Engine
from search.engine.features import Photographs, weigh
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.engine.relevance import Relevance, probability
from search.errors import UnknownWordsError
from search.evaluation.judgements import RelevanceJudgements

FIRST = 10
"""Hits of each query whose probabilities are compared with how often they are relevant."""

NONSENSE = (
    *("sdfsdflksdfj", "qwrtzplm", "xkcdvbn ghjkl", "lorem ipsum dolor", "asdf asdf", "zzzzzz", "blorptang"),
    *("a spreadsheet of taxes", "quarterly earnings report", "a circuit diagram", "an x-ray of a lung"),
    *("the periodic table", "a galaxy seen through a telescope", "source code in an editor", "an invoice"),
    *("a floor plan of an apartment", "sheet music for piano", "a microscope slide of bacteria", "a stock chart"),
    *("a passport scan", "a weather radar map", "the surface of mars", "a molecule model", "a chess diagram"),
)
"""Queries that no photograph of people, animals, streets and sports answers: no words at all, and other matters."""


@dataclass(frozen=True)
class MeasuredRelevance:
    """What was measured.

    Attributes:
        report: Figures by name, fractions in [0, 1].
        reliability: Of the probabilities of first hits.
    """

    report: dict[str, Any]
    reliability: metrics.Reliability


def measure_relevance(
    engine: Engine,
    reader: NumpyTextEncoder,
    photographs: Photographs,
    queries: RelevanceJudgements,
    relevance: Relevance,
) -> MeasuredRelevance:
    """Weighs every photograph for every judged query, and asks nonsense."""
    probabilities, vectors = _probabilities(reader, photographs, queries, relevance)
    first = np.argsort(-probabilities, axis=1, kind="stable")[:, :FIRST]
    chances = np.take_along_axis(probabilities, first, 1).ravel()
    right = np.take_along_axis(queries.relevant, first, 1).ravel()
    best = probabilities.max(1)
    shown = probabilities >= np.maximum(relevance.least, relevance.share * best)[:, None]
    answered = queries.answered
    sentences = np.flatnonzero(queries.author >= 0)
    report = {
        "queries": len(queries.texts),
        "expected_calibration_error": metrics.expected_calibration_error(chances, right),
        "something_shown_where_something_matches": float(shown.any(1)[answered].mean()),
        "nothing_shown_where_nothing_matches": float((~shown.any(1))[~answered].mean()),
        "nothing_shown_for_nonsense": float(np.mean([_shows_nothing(engine, text) for text in NONSENSE])),
        "precision_of_what_is_shown": float((shown & queries.relevant).sum() / max(1, shown.sum())),
        "recall_of_what_is_shown": float((shown & queries.relevant).sum() / max(1, queries.relevant.sum())),
        "own_photograph_by_vectors": _own(vectors[sentences], queries.author[sentences]),
        "own_photograph_by_all": _own(probabilities[sentences], queries.author[sentences]),
    }
    return MeasuredRelevance(report, metrics.reliability(chances, right))


def _probabilities(
    reader: NumpyTextEncoder, photographs: Photographs, queries: RelevanceJudgements, relevance: Relevance
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The probability, and the inner product, of each photograph for each query; shapes (Q, N)."""
    vectors = reader.encode_text(queries.texts)
    probabilities = np.empty((len(queries.texts), len(photographs.ids)), np.float32)
    for row, text in enumerate(queries.texts):
        features = weigh(photographs, vectors[row], read_terms(text, reader), relevance)
        probabilities[row] = probability(relevance.log_odds(features))
    return probabilities, vectors @ photographs.vectors.T


def _own(scores: NDArray[np.float32], author: NDArray[np.int64]) -> dict[str, float]:
    """How often sentences find the photograph they were written of."""
    recalled = metrics.image_retrieval(scores, author)
    return {name: value for name, value in asdict(recalled).items() if name.startswith("recall")}


def _shows_nothing(engine: Engine, text: str) -> bool:
    try:
        return not engine.search(parse(text), SearchOptions(count=1)).hits
    except UnknownWordsError:
        return True
