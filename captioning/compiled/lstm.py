"""One step of an LSTM as a graph, and the part of its gates that words give, computed once for each word.

Axis legend: P states before, R states after, H hidden size, E word size, V words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.program import Node, Program, constant, linear, ops, parameter, rows
from captioning.compiled.weights import Array, LSTMWeights

BLOCK = 64
"""Words of which the gates are computed at once."""


def lstm_cell(gates: Node, cell: Node) -> tuple[Node, Node]:
    """Hidden and cell state (R, H) after a step (Hochreiter and Schmidhuber 1997), from all gates (R, 4H)."""
    enter, forget, new, leave = ops.split(gates, constant(1), 4).outputs()
    cell = ops.add(ops.multiply(ops.sigmoid(forget), cell), ops.multiply(ops.sigmoid(enter), ops.tanh(new)))
    return ops.multiply(ops.sigmoid(leave), ops.tanh(cell)), cell


def recurrent(layer: LSTMWeights, hidden: Node, kept: Node, parent: Node) -> Node:
    """The part (R, 4H) of the gates that hidden states give, multiplied once for all that go on from a state.

    Args:
        layer: Whose weights.
        hidden: States (P, H).
        kept: Which of them any goes on from (any,), int32.
        parent: From which of these each goes on (R,), int32.
    """
    return rows(linear(rows(hidden, kept), layer.recurrent), parent)


class WordGates:
    """The part of an LSTM's gates that words give, each computed when it first comes.

    A sentence's words are few of all that could come: memory that is never written is never taken.
    """

    def __init__(self, vectors: Array, weight: Array, bias: Array | None, *, threads: int) -> None:
        """Takes the words' vectors (V, E) and a layer's weight (4H, E) and bias (4H,), float32."""
        size = weight.shape[1]
        words = parameter([BLOCK, size])
        self._program = Program([words], [linear(words, weight, bias)], threads=threads)
        self._vectors = vectors
        self._known = np.zeros(len(vectors), np.bool_)
        self._gates = np.empty((len(vectors), len(weight)), np.float32)

    def __call__(self, words: NDArray[np.int64]) -> Array:
        """Gives the gates (V, 4H), float32, of all words, of which those of some words (any,), int64, are computed.

        Graphs take rows of it themselves: what NumPy would take is new memory each time, whose first use takes longer
        than the step.
        """
        missing = np.unique(words[~self._known[words]])
        for start in range(0, len(missing), BLOCK):
            block = missing[start : start + BLOCK]
            vectors = np.zeros((BLOCK, self._vectors.shape[1]), np.float32)
            vectors[: len(block)] = self._vectors[block]
            # Two threads that miss the same word write the same numbers.
            self._gates[block] = self._program(vectors)[0][: len(block)]
            self._known[block] = True
        return self._gates
