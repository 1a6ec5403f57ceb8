"""The sentence writer: two LSTMs with attention over the picture's grid between them.

The attention LSTM reads the words, its state is the query to the grid (soft attention on pictures, Xu et al. 2015, with
the scaled dot products and heads of Vaswani et al. 2017, eq. 1), the language LSTM reads state and context and gives
the next word, in the manner of Anderson et al. 2018. The attention LSTM does not read the context, so that a whole
sentence is trained at once.

A decoder may also read the picture's embedding in the joint space: it is added to the global feature, and makes a few
more cells behind the grid's. Sentences have embeddings too, so it learns from sentences without pictures as well, with
no grid (CapDec, Nukrai et al. 2022; DeCap, Li et al. 2023).

Axis legend: B batch, T words, N cells, C channels, D joint size, H hidden size, V writable words, A attention heads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from captioning.config import ATTENTION_HEADS
from captioning.errors import ConfigurationError
from captioning.network.image_encoder import ImageFeatures
from captioning.network.lstm import LSTM
from captioning.vocabulary import PAD


class Memory(NamedTuple):
    """A picture as the decoder sees it, in float32.

    Attributes:
        keys: Shape (B, N, H): what queries are compared with, of each cell; the grid's cells stand first.
        values: Shape (B, N, H): what the cells tell.
        global_feature: Shape (B, H): the pooled picture, read with every word.
    """

    keys: Tensor
    values: Tensor
    global_feature: Tensor


class DecoderState(NamedTuple):
    """The hidden and cell states of the attention LSTM and the language LSTM, each (1, B, H), float32."""

    attention: tuple[Tensor, Tensor]
    language: tuple[Tensor, Tensor]


class CaptionDecoder(nn.Module):
    """Models log p(y_t | y_<t, I) over the writable words."""

    def __init__(
        self,
        words: int,
        *,
        channels: int,
        word_size: int,
        hidden: int,
        dropout: float,
        joint: int = 0,
        embedding_cells: int = 0,
    ) -> None:
        """Takes the sizes; with `embedding_cells` it makes so many cells of each embedding of `joint` numbers."""
        super().__init__()
        self.hidden = hidden
        self.joint_input = nn.Linear(joint, (1 + embedding_cells) * hidden) if embedding_cells else None
        self.embed = nn.Embedding(words, word_size, padding_idx=PAD)
        # These names are tensor names in every model file and count in its identity: `gist` gives the global feature,
        # `ask` projects the query, `lower` is the attention LSTM and `upper` the language LSTM.
        self.gist = nn.Linear(2 * channels, hidden)
        self.value = nn.Linear(channels, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.ask = nn.Linear(hidden, hidden)
        self.lower = LSTM(word_size + hidden, hidden, batch_first=True)
        self.upper = LSTM(2 * hidden, hidden, batch_first=True)
        self.answer = nn.Linear(2 * hidden, word_size)
        self.output = nn.Linear(word_size, words)
        self.dropout = nn.Dropout(dropout)
        # One matrix for reading and writing a word (Press and Wolf 2017).
        self.output.weight = self.embed.weight
        # Small at first, so that the first guesses are nearly even over the words.
        nn.init.normal_(self.embed.weight, std=0.05)
        nn.init.zeros_(self.output.bias)

    def encode_memory(self, features: ImageFeatures, embeddings: Tensor | None = None) -> Memory:
        """Prepares the features of B pictures for attention, and their embeddings (B, D) if the decoder reads them."""
        values = F.relu(self.value(self.dropout(features.grid)))
        global_feature = self.gist(self.dropout(features.pooled))
        if self.joint_input is not None and embeddings is not None:
            more, cells = self._read_embeddings(self.joint_input, embeddings)
            global_feature, values = global_feature + more, torch.cat([values, cells], dim=1)
        return Memory(self.key(values), values, F.relu(global_feature))

    def embedding_memory(self, embeddings: Tensor) -> Memory:
        """The memory of embeddings (B, D) alone, with no grid: what sentences without pictures teach.

        Raises:
            ConfigurationError: The decoder reads no embeddings.
        """
        if self.joint_input is None:
            raise ConfigurationError("this decoder reads no embeddings: model.embedding_cells is 0")
        more, cells = self._read_embeddings(self.joint_input, embeddings)
        return Memory(self.key(cells), cells, F.relu(self.gist.bias + more))

    def _read_embeddings(self, layer: nn.Linear, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Maps embeddings (B, D) to a part of the global feature (B, H), before its ReLU, and to cells (B, N, H)."""
        # A unit vector of D numbers has small ones: here they have unit size.
        read = layer(self.dropout(embeddings * math.sqrt(embeddings.shape[1]))).unflatten(1, (-1, self.hidden))
        return read[:, 0], F.relu(read[:, 1:])

    def null_memory(self, count: int, device: torch.device) -> Memory:
        """The memory of no picture, to learn the language alone from."""
        cell = torch.zeros(count, 1, self.hidden, device=device)
        return Memory(cell, cell, torch.zeros(count, self.hidden, device=device))

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first word: zeros, since the global feature is read at every word."""
        zeros = memory.global_feature.new_zeros(1, len(memory.global_feature), self.hidden)
        return DecoderState((zeros, zeros), (zeros, zeros))

    def forward(self, ids: Tensor, memory: Memory) -> Tensor:
        """Reads ids (B, T), int64, and gives the logits (B, T, V) of each next word."""
        return self.step(ids, memory, self.start(memory))[0]

    def step(self, ids: Tensor, memory: Memory, state: DecoderState) -> tuple[Tensor, DecoderState, Tensor]:
        """Reads T more words, ids (B, T), int64.

        Returns:
            Logits (B, T, V), float32, the new state, and the attention (B, T, N), float32, which sums to one over the
            cells.
        """
        words = self.dropout(self.embed(ids))
        global_feature = memory.global_feature.unsqueeze(1).expand(-1, ids.shape[1], -1)
        hidden, attention_state = self.lower(torch.cat([words, global_feature], dim=-1), state.attention)
        context, weights = self.attend(hidden, memory)
        language, language_state = self.upper(torch.cat([self.dropout(hidden), context], dim=-1), state.language)
        answer = torch.tanh(self.answer(self.dropout(torch.cat([language, context], dim=-1))))
        return self.output(self.dropout(answer)), DecoderState(attention_state, language_state), weights

    def attend(self, hidden: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Attends to the cells with states (B, T, H), float32.

        Returns:
            Contexts (B, T, H), and weights (B, T, N), both float32, the weights in [0, 1], the mean of the heads.
        """
        query, keys, values = (self._heads(part) for part in (self.ask(hidden), memory.keys, memory.values))
        weights = (query @ keys.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
        return (weights @ values).transpose(1, 2).flatten(2), weights.mean(1)

    @staticmethod
    def _heads(x: Tensor) -> Tensor:
        """Splits (B, any, H) into (B, A, any, H / A)."""
        return x.view(*x.shape[:2], ATTENTION_HEADS, -1).transpose(1, 2)
