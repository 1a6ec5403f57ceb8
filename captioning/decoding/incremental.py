"""Runs a sentence writer one word at a time for many beams, with all that stays the same computed once.

What is computed is what the writer's own `step` computes. A picture's beams stand beside each other as the words of
a sentence do there, so that the picture itself is never copied.

Axis legend: B pictures, W beams, N grid cells, A attention heads, H hidden size, V writable words.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from captioning.config import ATTENTION_HEADS
from captioning.network.attention_decoder import CaptionDecoder, DecoderState, Memory
from captioning.network.plain_decoder import PlainDecoder

LSTMState = tuple[Tensor, Tensor]
"""Hidden and cell state of all beams, each (B, W, H), float32."""


class IncrementalDecoder(Protocol):
    """Reads one more word for each beam."""

    def step(self, words: Tensor, origin: Tensor) -> Tensor:
        """Reads words (B, W), int64, beam by beam after the beams `origin` (B, W), int64, that they continue.

        W may differ from one step to the next.

        Returns:
            Logits (B, W, V), float32, of each next word.
        """
        ...

    def select(self, pictures: Tensor) -> None:
        """Goes on with the pictures of a mask (B,), bool, alone."""
        ...


class FusedLSTMCell:
    """An LSTM layer read step by step: its input and its state in one product (Hochreiter and Schmidhuber 1997)."""

    def __init__(self, layer: nn.LSTM, dtype: torch.dtype, *, own_inputs: int = 0) -> None:
        """Takes a layer's weights; its last `own_inputs` inputs are left to `share`."""
        inputs = layer.input_size - own_inputs
        weight, recurrent = layer.get_parameter("weight_ih_l0"), layer.get_parameter("weight_hh_l0")
        self.weight = torch.cat([weight[:, :inputs], recurrent], dim=1).to(dtype)
        self.shared_weight = weight[:, inputs:]
        self.bias = layer.get_parameter("bias_ih_l0") + layer.get_parameter("bias_hh_l0")
        self.dtype = dtype

    def share(self, inputs: Tensor) -> Tensor:
        """The part (B, 1, 4H) of the gates, float, that inputs (B, own_inputs), float, give at every step."""
        return (inputs @ self.shared_weight.T + self.bias).unsqueeze(1)

    def __call__(self, inputs: Tensor, shared: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Maps inputs (B, W, any) and the state, each (B, W, H), to the next state; the first of it is the output."""
        before, cell = state
        product = torch.cat([inputs, before], dim=-1).to(self.dtype) @ self.weight.T
        take, forget, new, give = (product + shared).chunk(4, dim=-1)
        cell = forget.sigmoid() * cell + take.sigmoid() * new.tanh()
        return give.sigmoid() * cell.tanh(), cell


class Output:
    """The last two layers: an answer the size of a word, then the logits of all words."""

    def __init__(self, decoder: CaptionDecoder | PlainDecoder, dtype: torch.dtype) -> None:
        self.answer = decoder.answer
        self.weight = decoder.output.weight.to(dtype)
        self.bias = decoder.output.bias
        self.dtype = dtype

    def __call__(self, inputs: Tensor) -> Tensor:
        """Maps (B, W, any) to logits (B, W, V), float32."""
        answer = torch.tanh(self.answer(inputs))
        return (answer.to(self.dtype) @ self.weight.T).float() + self.bias


class IncrementalAttentionDecoder:
    """Implements `IncrementalDecoder` for `CaptionDecoder`."""

    def __init__(self, decoder: CaptionDecoder, memory: Memory, *, width: int, dtype: torch.dtype) -> None:
        """Prepares B pictures for `width` beams each; weights are multiplied in `dtype`."""
        self.decoder, self.dtype = decoder, dtype
        self.attention_lstm = FusedLSTMCell(decoder.lower, dtype, own_inputs=decoder.hidden)
        self.language_lstm = FusedLSTMCell(decoder.upper, dtype)
        self.output = Output(decoder, dtype)
        self.global_gates = self.attention_lstm.share(memory.global_feature)
        self.keys = self._heads(memory.keys).transpose(-1, -2).contiguous()
        self.values = self._heads(memory.values).contiguous()
        zeros = memory.global_feature.new_zeros(len(memory.global_feature), width, decoder.hidden)
        self.state = DecoderState((zeros, zeros), (zeros, zeros))

    def step(self, words: Tensor, origin: Tensor) -> Tensor:
        """Reads one more word for each beam.

        Args:
            words: Shape (B, W), int64: the word of each beam.
            origin: Shape (B, W), int64: the beam before from which each goes on.

        Returns:
            Logits (B, W, V), float32, of the next words.
        """
        attention, language = (_reorder(state, origin) for state in self.state)
        attention = self.attention_lstm(self.decoder.embed(words), self.global_gates, attention)
        query = self._heads(self.decoder.ask(attention[0]))
        weights = (query @ self.keys / math.sqrt(query.shape[-1])).softmax(-1)
        context = (weights @ self.values).transpose(1, 2).flatten(2)
        inputs = torch.cat([attention[0], context], dim=-1)
        language = self.language_lstm(inputs, self.language_lstm.bias, language)
        self.state = DecoderState(attention, language)
        return self.output(torch.cat([language[0], context], dim=-1))

    def select(self, pictures: Tensor) -> None:
        """Goes on with these pictures only, given by their rows (any,), int64, among those so far."""
        self.global_gates = self.global_gates[pictures]
        self.keys, self.values = self.keys[pictures], self.values[pictures]
        self.state = DecoderState(*(_selected(state, pictures) for state in self.state))

    @staticmethod
    def _heads(x: Tensor) -> Tensor:
        """Splits (B, any, H) into (B, A, any, H / A)."""
        return x.view(*x.shape[:2], ATTENTION_HEADS, -1).transpose(1, 2)


class IncrementalPlainDecoder:
    """Implements `IncrementalDecoder` for `PlainDecoder`."""

    def __init__(self, decoder: PlainDecoder, memory: Memory, *, width: int, dtype: torch.dtype) -> None:
        """Prepares B pictures for `width` beams each; weights are multiplied in `dtype`."""
        self.embed = decoder.embed
        self.cell = FusedLSTMCell(decoder.lstm, dtype)
        self.output = Output(decoder, dtype)
        hidden, cell = decoder.start(memory).attention
        self.state = (
            hidden.transpose(0, 1).expand(-1, width, -1),
            cell.transpose(0, 1).expand(-1, width, -1),
        )

    def step(self, words: Tensor, origin: Tensor) -> Tensor:
        """Reads one more word for each beam.

        Args:
            words: Shape (B, W), int64: the word of each beam.
            origin: Shape (B, W), int64: the beam before from which each goes on.

        Returns:
            Logits (B, W, V), float32, of the next words.
        """
        self.state = self.cell(self.embed(words), self.cell.bias, _reorder(self.state, origin))
        return self.output(self.state[0])

    def select(self, pictures: Tensor) -> None:
        """Goes on with these pictures only, given by their rows (any,), int64, among those so far."""
        self.state = _selected(self.state, pictures)


def incremental_decoder(
    decoder: CaptionDecoder | PlainDecoder, memory: Memory, *, width: int, dtype: torch.dtype = torch.float32
) -> IncrementalDecoder:
    """The incremental form of either decoder, in evaluation mode: nothing is dropped out."""
    if isinstance(decoder, PlainDecoder):
        return IncrementalPlainDecoder(decoder, memory, width=width, dtype=dtype)
    return IncrementalAttentionDecoder(decoder, memory, width=width, dtype=dtype)


def _reorder(state: LSTMState, origin: Tensor) -> LSTMState:
    """Moves the state of the beams `origin` (B, W) to where they go on."""
    index = origin.unsqueeze(-1).expand(-1, -1, state[0].shape[-1])
    return state[0].gather(1, index), state[1].gather(1, index)


def _selected(state: LSTMState, pictures: Tensor) -> LSTMState:
    return state[0][pictures], state[1][pictures]
