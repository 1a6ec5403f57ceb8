"""Puts into words what a network gives as numbers: captions and keywords.

Axis legend: B pictures, T words, K keywords.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import Caption, Keyword
from captioning.vocabulary import PAD, Vocabulary

KEYWORDS_SHOWN = 8
KEYWORD_FLOOR = 0.15
"""A word less probable than this is not part of an annotation."""


def captions_of(ids: NDArray[np.int64], log_probs: NDArray[np.float32], vocabulary: Vocabulary) -> list[Caption]:
    """Puts sentences into words, one of each picture.

    Args:
        ids: Shape (B, T), int64: words, their end, then padding.
        log_probs: Shape (B, T), float32: of each word, 0 behind the end.
        vocabulary: What they were written with.
    """
    lengths = np.maximum((ids != PAD).sum(1), 1)
    confidence = np.exp(log_probs.sum(1) / lengths).tolist()
    captions = []
    for row, probabilities, value in zip(ids.tolist(), np.exp(log_probs).tolist(), confidence, strict=True):
        words = vocabulary.decode(row)
        captions.append(Caption(" ".join(words), value, tuple(probabilities[: len(words)])))
    return captions


def keywords_of(probabilities: NDArray[np.float32], words: Sequence[str]) -> tuple[Keyword, ...]:
    """The most probable of K words, best first, by their probabilities (K,), float32, in [0, 1]."""
    best: NDArray[Any] = np.argsort(-probabilities, kind="stable")[:KEYWORDS_SHOWN]
    return tuple(Keyword(words[at], float(probabilities[at])) for at in best if probabilities[at] >= KEYWORD_FLOOR)


def distinct_captions(
    ids: NDArray[np.int64], log_probs: NDArray[np.float32], vocabulary: Vocabulary, *, sentences: int
) -> list[list[Caption]]:
    """Puts at most so many sentences of each picture into words, best first.

    Args:
        ids: Shape (B, S, T), int64, as a beam search gives them; empty sentences are left out.
        log_probs: Shape (B, S, T), float32: of each word.
        vocabulary: Of the model.
        sentences: How many of the S at most.
    """
    count = min(sentences, ids.shape[1])
    ranks = [captions_of(ids[:, rank], log_probs[:, rank], vocabulary) for rank in range(count)]
    # A search that found fewer leaves the last ones empty.
    return [[caption for caption in captions if caption.text] for captions in zip(*ranks, strict=True)]
