"""Orders the sentences of a beam as `captioning.decoding.reranking` does: by all that a model asks for.

Axis legend: B pictures, S sentences per picture, T words, D joint size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.sentences import Sentences
from captioning.compiled.writer import Beginnings, Memory, Writer
from captioning.decoding.agreement import agreements
from captioning.decoding.search_rules import LENGTH_PENALTY
from captioning.vocabulary import PAD, START


def rerank(writer: Writer, memory: Memory, sentences: Sentences, *, weight: float) -> Sentences:
    """Orders by maximum mutual information: (log p(T | I) - weight * log p(T)) / length ** length_penalty.

    Args:
        writer: Compiled; it wrote them.
        memory: Of any pictures.
        sentences: Of B pictures.
        weight: How much of the sentence's own probability is taken off.
    """
    lengths = np.maximum((sentences.ids != PAD).sum(-1), 1)
    ids = sentences.ids[..., : int(lengths.max(initial=1))]
    prior = _prior_log_probs(writer, memory, ids.reshape(-1, ids.shape[-1])).sum(1).reshape(lengths.shape)
    penalty = lengths.astype(np.float32) ** np.float32(LENGTH_PENALTY)
    return sentences.ordered(sentences.scores - np.float32(weight) * prior / penalty)


def prefer_agreement(sentences: Sentences, *, weight: float) -> Sentences:
    """Orders by score plus `weight` times agreement with the others of the beam."""
    shares = np.array([agreements(rows) for rows in sentences.ids.tolist()], np.float32)
    return sentences.ordered(sentences.scores + np.float32(weight) * shares.reshape(sentences.scores.shape))


def _prior_log_probs(writer: Writer, memory: Memory, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Log-probability (any, T), float32, of each word of sentences (any, T) for no picture; 0 behind the end.

    Each beginning is read once, however many sentences begin so.
    """
    beginnings = Beginnings(writer, writer.null_memory(memory), width=max(1, len(rows)))
    log_probs = np.zeros(rows.shape, np.float32)
    beginning, read = np.zeros(len(rows), np.int64), np.full(len(rows), START)
    for time, targets in enumerate(rows.T):
        going = targets != PAD
        distinct, mine = np.unique((beginning * writer.words + read)[going], return_inverse=True)
        if not len(distinct):
            break
        origin, words = np.divmod(distinct, writer.words)
        step = beginnings.step(words, np.arange(len(distinct)), origin)
        beginning[going], read = mine, targets
        logits = step.logits.reshape(len(distinct), -1)
        log_probs[going, time] = logits[mine, targets[going]] - step.norm[mine, 0]
    return log_probs
