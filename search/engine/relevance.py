"""How probable it is that a photograph shows what a sentence asks for, by the weighed sum of its features.

What weighs it is fitted for one model on captions of its validation pictures and lies in a file beside the model.

Axis legend: N pictures, B sentences of the bank, D joint size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from captioning.errors import ModelFileError
from captioning.files import write_atomically
from captioning.model_file import ModelFile
from index_data.columns.hubness import Bank, hubness
from index_data.locations import relevance_file

Array = NDArray[np.float32]

FORMAT = 1

_FILE_KEYS = {"hubness_weight": "crowding"}
"""What the file calls what has another name here; the names of columns, too, are the file's."""

_ATTRIBUTES = {key: name for name, key in _FILE_KEYS.items()}

FIRST = 3
"""Pictures that tell how far a question is answered at all."""

CERTAIN = 3.0
"""Log-odds, 95 %, that a photograph has at least if a person says of it all that is asked."""


@dataclass(frozen=True, slots=True)
class RelevanceFeatures:
    """What speaks for each of N pictures as the answer to one question; all arrays (N,), float32.

    Attributes:
        similarity: Inner product of question and picture, less the model's share of the picture's hubness.
        caption_similarity: Inner product of question and the nearest caption that a person stands behind; 0 without.
        confirmed: 1 where there is such a caption, else 0.
        proposed_words: The share of the question's words, in [0, 1], that the model's caption says.
        confirmed_words: The same of a person's captions and tags.
        keyword_words: The same of the keywords, each counted with its probability.
        path_words: The same of folder and file names.
        words: How many words of the question say something, at least 1.
    """

    similarity: Array
    caption_similarity: Array
    confirmed: Array
    proposed_words: Array
    confirmed_words: Array
    keyword_words: Array
    path_words: Array
    words: int

    @property
    def length(self) -> np.float32:
        """The log of the words."""
        return np.float32(np.log(self.words))

    def single(self) -> dict[str, Array]:
        """The features, each (N,), float32, by their names in the file."""
        return {
            "likeness": self.similarity,
            "kept": self.confirmed,
            "caption_likeness": self.caption_similarity,
            "proposed_words": self.proposed_words,
            "kept_words": self.confirmed_words,
            "keyword_words": self.keyword_words,
            "likeness_if_kept": self.confirmed * self.similarity,
            "keyword_words_if_kept": self.confirmed * self.keyword_words,
        }

    def columns(self) -> dict[str, Array]:
        """The same, and each once more times the length."""
        single = self.single()
        return {**single, **{f"{name}_by_length": self.length * column for name, column in single.items()}}


class EvidenceWeights(NamedTuple):
    """What each kind of evidence counts; see the features of the same names. The constant counts always."""

    constant: float
    similarity: float
    proposed_words: float
    confirmed_words: float
    keyword_words: float
    path_words: float


@dataclass(frozen=True)
class Relevance:
    """What was fitted for one model.

    Attributes:
        model: Id of the model.
        bank: Unit vectors (B, D), float16, of sentences of all kinds.
        hubness_weight: The share of a picture's hubness that is taken off its similarity.
        order: Weights of the columns; their sum puts the photographs of one question in order.
        strength: Weights of the same columns, a `bias` and one of the `length`; their sum tells how far any photograph
            answers at all.
        scale: Weights of what makes log-odds of both, see `log_odds`.
        path_weight: Log-odds where a path says all words; no data could teach it, so it is set by hand.
        least: A photograph of a lower probability is no answer.
        share: Nor is one whose probability is less than this share of the best one's.
        card: What it was fitted on, and what it gave.
    """

    model: str
    bank: NDArray[np.float16]
    hubness_weight: float
    order: Mapping[str, float]
    strength: Mapping[str, float]
    scale: Mapping[str, float]
    path_weight: float
    least: float
    share: float
    card: Mapping[str, Any]

    def hubness(self, pictures: Array) -> Array:
        """How near pictures (N, D), unit vectors, lie to sentences of all kinds, (N,), float32, in [-1, 1]."""
        return hubness(pictures, self.sentences.vectors)

    @cached_property
    def sentences(self) -> Bank:
        """The bank, by which columns keep the hubness of every picture."""
        return Bank(self.bank)

    def log_odds(self, features: RelevanceFeatures, *, strongest: float | None = None) -> Array:
        """Log-odds (N,), float32, that each picture is relevant.

        Within one question they rise with the order; across questions, too, with how far the strongest pictures answer
        it, since a question that nothing answers has a best picture as well.

        Args:
            features: Of all pictures that may answer the question.
            strongest: What `strongest` gave for all of them, where `features` is of some alone.
        """
        length = float(np.log(features.words))
        best = self.strongest(features) if strongest is None else strongest
        order = _weighed(features, self.order)
        scale = {name: np.float32(value) for name, value in self.scale.items()}
        constant = self._constant(length, best)
        confirmed = (scale["kept"] + scale["kept_by_length"] * length) * features.confirmed
        rising = (scale["order"] + scale["order_by_length"] * length) * order
        total: Array = (constant + confirmed + rising + self.path_weight * features.path_words).astype(np.float32)
        return total

    def _constant(self, length: float, best: float) -> float:
        scale = self.scale
        bias = scale["bias"] + scale["length"] * length
        return bias + (scale["best"] + scale["best_by_length"] * length) * best

    def weights(self, words: int, *, strongest: float) -> EvidenceWeights:
        """What makes up `log_odds` of a picture without a confirmed caption.

        Args:
            words: How many words of the question say something, at least 1.
            strongest: What `strongest` gave for all pictures that may answer it.
        """
        length = np.float32(np.log(words))
        scale = np.float32(self.scale["order"]) + np.float32(self.scale["order_by_length"]) * length

        def weight(name: str) -> float:
            return float(scale * (np.float32(self.order[name]) + length * np.float32(self.order[f"{name}_by_length"])))

        return EvidenceWeights(
            self._constant(float(length), strongest),
            weight("likeness"),
            weight("proposed_words"),
            weight("kept_words"),
            weight("keyword_words"),
            self.path_weight,
        )

    def strongest(self, features: RelevanceFeatures) -> float:
        """How far the strongest pictures answer a question: the mean strength of the first few."""
        if not len(features.similarity):
            return 0.0
        strength = _weighed(features, self.strength) + self.strength["bias"]
        strength += self.strength["length"] * np.float32(np.log(features.words))
        return float(np.sort(strength)[-FIRST:].mean())

    def cut_off(self, best: float) -> float:
        """The probability from which on a photograph is an answer, when the best one's is `best`."""
        return max(self.least, self.share * best)


def _weighed(features: RelevanceFeatures, weights: Mapping[str, float]) -> Array:
    """The weighed sum of all columns (N,), float32, each with its share by length at once."""
    total = np.zeros(len(features.similarity), np.float32)
    for name, column in features.single().items():
        total += (np.float32(weights[name]) + features.length * np.float32(weights[f"{name}_by_length"])) * column
    return total


def with_certainty(log_odds: Array, said: NDArray[np.bool_]) -> Array:
    """Log-odds (N,), float32, raised to near certainty where a person says all that is asked; in order among these.

    What was fitted knows captions of strangers alone, who may say the same of other pictures; whoever names a dog means
    that dog.

    Args:
        log_odds: Shape (N,), float32.
        said: Shape (N,), bool.
    """
    raised = log_odds.copy()
    raised[said] = np.logaddexp(log_odds[said], np.float32(CERTAIN))
    return raised


def probability(log_odds: Array) -> Array:
    """The logistic function: log-odds (N,), float32, to probabilities (N,), float32, in [0, 1]."""
    # The hyperbolic tangent never overflows.
    value: Array = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * log_odds))
    return value


def read_relevance(model: ModelFile) -> Relevance | None:
    """Reads what was fitted for a model; none where nothing was, or only for another model of the same file name.

    Raises:
        ModelFileError: The file is damaged, or of another version.
    """
    from safetensors import SafetensorError, safe_open

    path = relevance_file(model.path)
    try:
        if not path.is_file():
            return None
        with safe_open(path, framework="np") as file:
            header = json.loads((file.metadata() or {})["imgsearch-relevance"])
            if header.pop("format") != FORMAT:
                raise ModelFileError(
                    f"{path} is of another version of imgsearch; make it anew with: imgsearch calibrate"
                )
            values = {_ATTRIBUTES.get(key, key): value for key, value in header.items()}
            stored = Relevance(bank=file.get_tensor("bank"), **values)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelFileError(f"{path} could not be read ({error}); make it anew with: imgsearch calibrate") from error
    return stored if stored.model == model.identity.id else None


def write_relevance(relevance: Relevance, model: Path) -> None:
    """Writes what was fitted beside a model file, and replaces what was there at once.

    Raises:
        OSError: The disk is full, or the folder takes no files.
    """
    from safetensors.numpy import save

    values = {field.name: getattr(relevance, field.name) for field in fields(relevance) if field.name != "bank"}
    header = {"format": FORMAT, **{_FILE_KEYS.get(name, name): value for name, value in values.items()}}
    content = save({"bank": relevance.bank}, metadata={"imgsearch-relevance": json.dumps(header)})
    write_atomically(relevance_file(model), content)
