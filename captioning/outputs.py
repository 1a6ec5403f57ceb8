"""What a model says of one picture, and which model said it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Tells one trained model from every other.

    Attributes:
        name: The name its maker gave it.
        digest: SHA-256 of the model file, hexadecimal.
        dimension: D, the size of the joint space.
    """

    name: str
    digest: str
    dimension: int

    @property
    def id(self) -> str:
        """Name and the start of the digest, unique in practice and short enough to print."""
        return f"{self.name}@{self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence.

    Attributes:
        text: Its words, one space between them.
        confidence: The geometric mean of its word probabilities, its end among them, in [0, 1].
        word_confidences: The probability of each word after those before it, in [0, 1].
    """

    text: str
    confidence: float
    word_confidences: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of the annotation, with its probability in [0, 1]."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class Description:
    """Everything a model says of one picture.

    Attributes:
        caption: The sentence.
        keywords: The annotation, most probable first.
        embedding: Shape (D,), float32, unit norm: the picture in the joint space.
        caption_embedding: Shape (D,), float32, unit norm: the sentence in the joint space.
    """

    caption: Caption
    keywords: tuple[Keyword, ...]
    embedding: NDArray[np.float32]
    caption_embedding: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordGuesses:
    """How the writer guesses the N words of given sentences, their ends among them.

    Attributes:
        log_probs: Shape (N,), float32: natural log-probability of the word that stands there.
        confidence: Shape (N,), float32: probability of the word that it would have written, in [0, 1].
        correct: Shape (N,), bool: whether that is the word that stands there.
    """

    log_probs: NDArray[np.float32]
    confidence: NDArray[np.float32]
    correct: NDArray[np.bool_]
