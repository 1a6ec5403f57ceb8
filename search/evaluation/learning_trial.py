"""Learns from corrections by one setting, and measures that on corrections which were not learnt from."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from captioning.adaptation.adapted_model import AdaptedModel
from captioning.adaptation.examples import Examples
from captioning.adaptation.fine_tuning import AdaptationConfig, adapt
from captioning.adaptation.new_words import words_with
from captioning.model_file import ModelFile
from search.engine.relevance import Relevance
from search.evaluation.learning_scores import LearningScores, Measurement, folds_of, probes_kept

FOLDS = 3
"""Parts of the corrections, each measured by what was learnt from the others."""


@dataclass(frozen=True, slots=True)
class LearningProgressed:
    """How far it is.

    Attributes:
        doing: What is done at the moment.
        done: Of the total.
        total: Steps of it.
    """

    doing: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class LearningTrial:
    """Corrections to learn from, by whatever setting.

    Attributes:
        file: The model to begin with.
        start: The same, ready.
        corrected: Pictures with the sentences of a person.
        replayed: Other pictures with the model's own.
        relevance: What weighs the model's hits, with its probe sentences; none where it has none.
        seed: Of every random choice.
    """

    file: ModelFile
    start: AdaptedModel
    corrected: Examples
    replayed: Examples
    relevance: Relevance | None
    seed: int

    def before(self) -> LearningScores:
        """The figures of the base."""
        measurement = self._measurement()
        measurement.add(self.start, range(len(self.corrected)))
        return measurement.scores(None if self.relevance is None else 1.0)

    def measure(self, config: AdaptationConfig) -> Generator[LearningProgressed, None, LearningScores]:
        """The figures of what is learnt from parts of the corrections, on the others; says how far it is."""
        measurement, count = self._measurement(), len(self.corrected)
        for number, rows in enumerate(folds_of(count, folds=FOLDS, seed=self.seed)):
            yield LearningProgressed("measuring", number, FOLDS)
            known = self.corrected.select([row for row in range(count) if row not in set(rows)])
            measurement.add(adapt(self.file, known, self.replayed, seed=self.seed, config=config), rows)
        return measurement.scores()

    def learn(self, config: AdaptationConfig) -> AdaptedModel:
        """Learns from all corrections."""
        return adapt(self.file, self.corrected, self.replayed, seed=self.seed, config=config)

    def probes_kept(self, learnt: AdaptedModel) -> float | None:
        """How much of what the shipped model's probe sentences find stays; none where it has no such sentences."""
        if self.relevance is None:
            return None
        before, after = (model.embed(self.replayed.kept) for model in (self.start, learnt))
        return probes_kept(before, after, self.relevance.bank.astype(np.float32))

    def _measurement(self) -> Measurement:
        keywords = words_with(self.file, self.corrected.sentences).keywords
        return Measurement(self.corrected, self.replayed, keywords)
