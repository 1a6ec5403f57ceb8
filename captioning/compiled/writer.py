"""The sentence writer as a graph that reads one more word for each of many beginnings, and its state.

Axis legend: B pictures, W beginnings a picture, R beginnings that go on, P states before, N cells, A attention heads,
H hidden size, V writable words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.lstm import WordGates, lstm_cell, recurrent
from captioning.compiled.program import Node, Program, constant, linear, ops, parameter, reshape, rows, transpose
from captioning.compiled.weights import Array, LSTMWeights, Weights
from captioning.config import ATTENTION_HEADS, ModelConfig

BLOCK = 40
"""Neighbouring words of which the graph tells the most probable, so that few are looked through for the best."""

IMPOSSIBLE = np.float32(-1e30)
"""The logit of what fills the last block."""


class Memory(NamedTuple):
    """Pictures as the writer sees them, float32.

    Attributes:
        keys: Shape (B, A, H / A, N).
        values: Shape (B, A, N, H / A).
        gates: Shape (B, 4H): the part of the attention LSTM's gates that the picture gives.
    """

    keys: Array
    values: Array
    gates: Array


class Step(NamedTuple):
    """What a step says, float32; the next step but one of the same thread writes over it.

    Attributes:
        logits: Shape (R, blocks, BLOCK): of each next word; behind the last one they are `IMPOSSIBLE`.
        peaks: Shape (R, blocks): the largest logit of each block.
        norm: Shape (R, 1): the logarithm of the sum of their exponentials.
        attention: Shape (B, W, N) as long as no picture was left out: the weights of the cells, which sum to one;
            nonsense where no beginning goes on.
    """

    logits: Array
    peaks: Array
    norm: Array
    attention: Array


@dataclass(frozen=True)
class Writer:
    """The weights of a writer, compiled; it holds no state.

    Attributes:
        program: The graph of a step.
        word_gates: The part of the attention LSTM's gates that words give.
        hidden: H.
        words: V.
        picture_free_gates: Shape (4H,), float32: what the gates are without word and picture.
    """

    program: Program
    word_gates: WordGates
    hidden: int
    words: int
    picture_free_gates: Array

    def null_memory(self, like: Memory) -> Memory:
        """The memory of no picture, B being 1, with as many cells as those of another."""
        keys, values = (np.zeros_like(part[:1]) for part in like[:2])
        return Memory(keys, values, self.picture_free_gates[None])


def build_writer(weights: Weights, config: ModelConfig, lower: LSTMWeights, *, words: int, threads: int) -> Writer:
    """Compiles the decoder's `step` for words one at a time."""
    hidden, size = config.hidden, config.word_size
    weights.take("decoder.embed.weight", words, size)
    # Of the one matrix for reading and writing a word, torch keeps what it loads last.
    table = weights.take("decoder.output.weight", words, size)
    states = [parameter([-1, hidden]) for _ in range(4)]
    word_table, picture_gates = parameter([words, 4 * hidden]), parameter([-1, 4 * hidden])
    word, picture, origin, kept, parent, place = (parameter([-1], np.int32) for _ in range(6))
    slots = parameter([-1, -1], np.int32)
    head = hidden // ATTENTION_HEADS
    keys, values = parameter([-1, ATTENTION_HEADS, head, -1]), parameter([-1, ATTENTION_HEADS, -1, head])
    given = ops.add(rows(word_table, word), rows(picture_gates, picture))
    gates_now = ops.add(recurrent(lower, states[0], kept, parent), given)
    attending, attending_cell = lstm_cell(gates_now, rows(states[1], origin))
    context, attention = _attend(weights, hidden, attending, slots, keys, values)
    context = rows(context, place)
    upper = weights.take_lstm("decoder.upper", 2 * hidden, hidden)
    inputs = linear(ops.concat([attending, context], 1), upper.inputs, upper.bias)
    gates_now = ops.add(inputs, recurrent(upper, states[2], kept, parent))
    language, language_cell = lstm_cell(gates_now, rows(states[3], origin))
    spoken = weights.take("decoder.answer.weight", size, 2 * hidden)
    answer = ops.tanh(
        ops.add(
            linear(language, spoken[:, :hidden].copy(), weights.take("decoder.answer.bias", size)),
            linear(context, spoken[:, hidden:].copy()),
        )
    )
    logits = _logits(answer, table, weights.take("decoder.output.bias", words))
    peaks = ops.reduce_max(logits, constant([2]), False)
    highest = ops.reduce_max(peaks, constant([1]), True)
    powers = ops.exp(ops.subtract(logits, reshape(highest, 0, 1, 1)))
    norm = ops.add(ops.log(ops.reduce_sum(reshape(powers, 0, -1), constant([1]), True)), highest)
    program = Program(
        [word_table, word, picture_gates, picture, *states, origin, kept, parent, place, slots, keys, values],
        [attending, attending_cell, language, language_cell, logits, peaks, norm, attention],
        threads=threads,
    )
    word_gates = WordGates(table, lower.inputs[:, :size], None, threads=threads)
    return Writer(program, word_gates, hidden, words, lower.bias)


def _attend(weights: Weights, hidden: int, states: Node, slots: Node, keys: Node, values: Node) -> tuple[Node, Node]:
    """The contexts (B * W, H) of states (R, H), laid out by `slots` (B, W), and the weights (B, W, N) of the cells."""
    scale = np.float32(1 / math.sqrt(hidden // ATTENTION_HEADS))
    query = linear(
        states,
        weights.take("decoder.ask.weight", hidden, hidden) * scale,
        weights.take("decoder.ask.bias", hidden) * scale,
    )
    query = transpose(reshape(rows(query, slots), 0, 0, ATTENTION_HEADS, -1), 0, 2, 1, 3)
    shares = ops.softmax(ops.matmul(query, keys, False, False), -1)
    context = transpose(ops.matmul(shares, values, False, False), 0, 2, 1, 3)
    return reshape(context, -1, hidden), ops.reduce_mean(shares, constant([1]), False)


def _logits(answer: Node, table: Array, bias: Array) -> Node:
    """The logits (R, blocks, BLOCK) of all words, those that fill the last block being impossible."""
    fill = -len(table) % BLOCK
    weight = np.concatenate([table, np.zeros((fill, table.shape[1]), np.float32)])
    return reshape(linear(answer, weight, np.concatenate([bias, np.full(fill, IMPOSSIBLE)])), 0, -1, BLOCK)


class Beginnings:
    """The beginnings of sentences about B pictures, W for each, that a writer goes on with; one at a time a thread."""

    def __init__(self, writer: Writer, memory: Memory, *, width: int) -> None:
        """Begins with no word."""
        self._writer, self._memory, self._width = writer, memory, width
        # Where the pictures that go on lie in the memory.
        self._pictures = np.arange(len(memory.gates))
        self._states = [np.zeros((1, writer.hidden), np.float32)] * 4
        # Which of the states is that of a beginning: at first all have the one of zeros.
        self._state_of = np.zeros(len(memory.gates) * width, np.int32)

    def step(self, words: NDArray[np.int64], places: NDArray[np.int64], origin: NDArray[np.int64]) -> Step:
        """Reads one more word for each of R beginnings.

        Args:
            words: Shape (R,), int64.
            places: Shape (R,), int64, rising: where each stands from now on, among B * W.
            origin: Shape (R,), int64: where what it goes on from stood before, among as many.
        """
        writer, memory = self._writer, self._memory
        before, places = self._state_of[self._in_memory(origin)], self._in_memory(places)
        slots = np.zeros((len(memory.gates), self._width), np.int32)
        slots.reshape(-1)[places] = np.arange(len(places), dtype=np.int32)
        indices = (before, *np.unique(before, return_inverse=True), places)
        *self._states, logits, peaks, norm, attention = writer.program(
            writer.word_gates(words),
            words.astype(np.int32),
            memory.gates,
            (places // self._width).astype(np.int32),
            *self._states,
            *(index.astype(np.int32) for index in indices),
            slots,
            memory.keys,
            memory.values,
        )
        self._state_of = slots.reshape(-1)
        return Step(logits, peaks, norm, attention)

    def _in_memory(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where places (any,), int64, among the pictures that go on lie in the memory."""
        picture, beam = np.divmod(places, self._width)
        return self._pictures[picture] * self._width + beam

    def select(self, pictures: NDArray[np.bool_]) -> None:
        """Goes on with the pictures of a mask (B,), bool, alone."""
        self._pictures = self._pictures[pictures]
        if 2 * len(self._pictures) > len(self._memory.gates):
            # To look at some pictures more takes less time than to copy the others.
            return
        self._memory = Memory(*(part[self._pictures] for part in self._memory))
        self._state_of = self._state_of.reshape(-1, self._width)[self._pictures].reshape(-1)
        self._pictures = np.arange(len(self._pictures))
