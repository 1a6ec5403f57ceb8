"""Measures what learning from corrections gives: cross-validated on them, and by the shipped model's probe sentences.

Axis legend: C corrections, P photographs, Q probe sentences, D joint size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from captioning import metrics
from captioning.adaptation.adapted_model import AdaptedModel, Said
from captioning.adaptation.examples import Examples
from captioning.text.keywords import keyword_targets
from captioning.vocabulary import tokenize

PROBED = 10
"""The first photographs that a probe sentence finds, which should stay the same."""

TOLERATED = 0.01
"""Share of a figure that may be lost for something that gains more: one photograph in a hundred may be found later."""

PROBES_KEPT = 0.5
"""The share of these that must stay for a model to be used."""


@dataclass(frozen=True, slots=True)
class LearningScores:
    """How well a model says what a person says.

    Attributes:
        cider_d: CIDEr-D of its captions against the person's, in [0, 10].
        recall_at_1: Share of the person's sentences that find their photograph first, in [0, 1].
        recall_at_5: The same among the first five.
        recall_at_10: The same among the first ten.
        keyword_f1: F1 of its keywords against those that the person's sentences name, in [0, 1].
        probes_kept: Share of the photographs that the shipped model's probe sentences found first and still do, in
            [0, 1]; none where the model has no such sentences.
    """

    cider_d: float
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    keyword_f1: float
    probes_kept: float | None = None

    def as_record(self) -> dict[str, float | None]:
        """The figures by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def is_better(after: LearningScores, before: LearningScores) -> bool:
    """Whether a model gains more as the person does than it loses, loses next to nothing, and has not forgotten."""
    gains = [
        _gain(getattr(after, figure), getattr(before, figure)) for figure in ("cider_d", "recall_at_10", "keyword_f1")
    ]
    loss = -min(0.0, *gains)
    kept = after.probes_kept is None or after.probes_kept >= PROBES_KEPT
    return loss <= TOLERATED and max(gains) > loss and kept


def _gain(after: float, before: float) -> float:
    """The change of a figure, as a share of the larger of both."""
    return (after - before) / max(after, before, 1e-9)


def folds_of(count: int, *, folds: int, seed: int) -> list[list[int]]:
    """Deals `count` corrections out into folds at random, each as large as the others but for one."""
    order = np.random.default_rng(seed).permutation(count).tolist()
    return [sorted(order[fold::folds]) for fold in range(min(folds, count))]


def keywords_named(sentence: str, keywords: Sequence[str]) -> set[str]:
    """The keywords that a sentence names."""
    known = {word: index for index, word in enumerate(keywords)}
    return {keywords[index] for index in keyword_targets([tokenize(sentence)], known)}


class Measurement:
    """Gathers what models say of corrected photographs that they did not learn from."""

    def __init__(self, corrected: Examples, replayed: Examples, keywords: Sequence[str]) -> None:
        """Takes corrections, other photographs with the model's sentences, and all keywords that any model has."""
        self._corrected, self._replayed, self._keywords = corrected, replayed, keywords
        sentences = [tokenize(sentence) for sentence in (*corrected.sentences, *replayed.sentences)]
        self._frequency = metrics.document_frequency([[sentence] for sentence in sentences])
        self._said: dict[int, Said] = {}
        self._ranks: dict[int, int] = {}

    def add(self, model: AdaptedModel, rows: Sequence[int]) -> None:
        """Has a model describe and find some corrected photographs, by their rows, among all the others."""
        self._said.update(zip(rows, model.describe(self._corrected.kept.select(rows)), strict=True))
        photographs = np.concatenate([model.embed(self._corrected.kept), model.embed(self._replayed.kept)])
        asked = model.embed_text([self._corrected.sentences[row] for row in rows])
        scores = asked @ photographs.T
        own = scores[np.arange(len(rows)), list(rows)]
        self._ranks.update(zip(rows, (scores > own[:, None]).sum(1).tolist(), strict=True))

    def scores(self, probes_kept: float | None = None) -> LearningScores:
        """The figures over all corrections; each must have been added."""
        rows = range(len(self._corrected))
        references = [[tokenize(sentence)] for sentence in self._corrected.sentences]
        captions = [tokenize(self._said[row].caption.text) for row in rows]
        ranks = np.array([self._ranks[row] for row in rows])
        keywords = metrics.keyword_scores(
            [{keyword.word for keyword in self._said[row].keywords} for row in rows],
            [keywords_named(sentence, self._keywords) for sentence in self._corrected.sentences],
        )
        return LearningScores(
            metrics.cider_d(captions, references, frequency=self._frequency)[0],
            float((ranks < 1).mean()),
            float((ranks < 5).mean()),
            float((ranks < 10).mean()),
            keywords.f1,
            probes_kept,
        )


def probes_kept(before: NDArray[np.float32], after: NDArray[np.float32], probes: NDArray[np.float32]) -> float:
    """The share of the first photographs of probe sentences that are still among the first.

    Args:
        before: Where the photographs lay, unit vectors (P, D), float32.
        after: Where they lie, unit vectors (P, D), float32.
        probes: The sentences, unit vectors (Q, D), float32.
    """
    count = min(PROBED, len(before))
    first = [np.argsort(-(probes @ photographs.T), axis=1)[:, :count] for photographs in (before, after)]
    return float(np.mean([len(np.intersect1d(*rows)) / count for rows in zip(*first, strict=True)]))


def table(before: LearningScores, after: LearningScores) -> Iterator[tuple[str, str, str]]:
    """The figures of both by their names in words, fractions as percentages."""
    yield "captions, CIDEr-D", f"{before.cider_d:.3f}", f"{after.cider_d:.3f}"
    for name, k in (("recall_at_1", 1), ("recall_at_5", 5), ("recall_at_10", 10)):
        yield f"photographs found, R@{k}", _percent(getattr(before, name)), _percent(getattr(after, name))
    yield "keywords, F1", _percent(before.keyword_f1), _percent(after.keyword_f1)
    if after.probes_kept is not None:
        yield "probe sentences, first ten kept", _percent(1.0), _percent(after.probes_kept)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
