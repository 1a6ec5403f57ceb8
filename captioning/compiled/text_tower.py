"""The text tower for what a writer says: many sentences at once, of which whatever is alike is read once.

Sentences of one beam mostly begin alike and end alike. An LSTM's state depends on what it has read alone, so each
distinct beginning is read once, and by the other direction each distinct end.

Axis legend: M sentences, T words, H hidden size per direction, D joint size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.encoder import project
from captioning.compiled.lstm import WordGates, lstm_cell, recurrent
from captioning.compiled.program import Program, ops, parameter, rows
from captioning.compiled.weights import Array, LSTMWeights, Weights
from captioning.config import ModelConfig
from captioning.vocabulary import END, PAD


class _Direction:
    """One direction of the LSTM."""

    def __init__(self, layer: LSTMWeights, vectors: Array, *, threads: int) -> None:
        self._gates = WordGates(vectors, layer.inputs, layer.bias, threads=threads)
        self._words = len(vectors)
        self._hidden = layer.recurrent.shape[1]
        table = parameter([len(vectors), 4 * self._hidden])
        hidden, before, total, highest = (parameter([-1, self._hidden]) for _ in range(4))
        word, origin, kept, parent = (parameter([-1], np.int32) for _ in range(4))
        gates = ops.add(recurrent(layer, hidden, kept, parent), rows(table, word))
        output, cell = lstm_cell(gates, rows(before, origin))
        self._step = Program(
            [table, word, origin, kept, parent, hidden, before, total, highest],
            [output, cell, ops.add(rows(total, origin), output), ops.maximum(rows(highest, origin), output)],
            threads=threads,
        )

    def __call__(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> Array:
        """Sum and maximum (M, 2, H), float32, of the states over sentences (M, T), int64, of so many words (M,)."""
        pooled = np.empty((len(ids), 2, self._hidden), np.float32)
        zeros = np.zeros((1, self._hidden), np.float32)
        states = [zeros, zeros, zeros, np.full_like(zeros, -np.inf)]
        reached = np.zeros(len(ids), np.int64)
        for time in range(ids.shape[1]):
            going = np.flatnonzero(lengths > time)
            distinct, reached[going] = np.unique(reached[going] * self._words + ids[going, time], return_inverse=True)
            origin, words = np.divmod(distinct, self._words)
            indices = (words, origin, *np.unique(origin, return_inverse=True))
            states = self._step(self._gates(words), *(index.astype(np.int32) for index in indices), *states)
            ended = np.flatnonzero(lengths == time + 1)
            pooled[ended, 0], pooled[ended, 1] = states[2][reached[ended]], states[3][reached[ended]]
        return pooled


class TextTower:
    """Places sentences of writable words in the joint space."""

    def __init__(self, weights: Weights, config: ModelConfig, *, words: int, writable: int, threads: int) -> None:
        """Compiles it for the first `writable` of the vocabulary's `words`.

        Raises:
            ModelFileError: A tensor is missing, or has another shape.
        """
        size, hidden = config.word_size, config.text_hidden
        vectors = weights.take("text_encoder.embed.weight", words, size)[:writable].copy()
        self._directions = [
            _Direction(weights.take_lstm("text_encoder.lstm", size, hidden, direction=name), vectors, threads=threads)
            for name in ("l0", "l0_reverse")
        ]
        pooled = parameter([-1, 4 * hidden])
        self._project = Program(
            [pooled], [project(weights, "joint.text", pooled, 4 * hidden, config.joint)], threads=threads
        )

    def __call__(self, ids: NDArray[np.int64]) -> Array:
        """Places sentences (M, T), int64, as they were written, in the joint space: unit vectors (M, D), float32."""
        ids = np.where(ids == END, PAD, ids)
        lengths = np.maximum((ids != PAD).sum(1), 1)
        # A search that found fewer sentences leaves empty ones, which the encoder reads as an end.
        ids[:, 0] = np.where(ids[:, 0] == PAD, END, ids[:, 0])
        ids = ids[:, : lengths.max(initial=1)]
        backwards = np.take_along_axis(ids, np.maximum(lengths[:, None] - 1 - np.arange(ids.shape[1]), 0), 1)
        forth, back = (
            direction(rows, lengths) for direction, rows in zip(self._directions, (ids, backwards), strict=True)
        )
        mean = np.concatenate([forth[:, 0], back[:, 0]], 1) / lengths[:, None].astype(np.float32)
        highest = np.concatenate([forth[:, 1], back[:, 1]], 1)
        return self._project(np.concatenate([mean, highest], 1))[0].copy()
