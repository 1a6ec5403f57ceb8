"""The sentence writer: two LSTMs with attention over the picture's grid between them.

The lower LSTM reads the words, its state asks the grid (soft attention on pictures, Xu et al. 2015, with the scaled
dot products and heads of Vaswani et al. 2017, eq. 1), the upper LSTM reads state and answer and gives the next word,
in the manner of Anderson et al. 2018. The lower LSTM does not read the answer, so that a whole sentence is trained
at once.

Axis legend: B batch, T words, N grid cells, C channels, H hidden size, V writable words, A attention heads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from captioning.config import ATTENTION_HEADS
from captioning.network.image_encoder import ImageFeatures
from captioning.network.lstm import LSTM
from captioning.vocabulary import PAD


class Memory(NamedTuple):
    """A picture as the decoder sees it: `keys` (B, N, H), `values` (B, N, H) and `gist` (B, H)."""

    keys: Tensor
    values: Tensor
    gist: Tensor


class DecoderState(NamedTuple):
    """Both LSTMs' hidden and cell states, each of shape (1, B, H)."""

    lower: tuple[Tensor, Tensor]
    upper: tuple[Tensor, Tensor]


class CaptionDecoder(nn.Module):
    """Models log p(y_t | y_<t, I) over the writable words."""

    def __init__(self, words: int, *, channels: int, word_size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(words, word_size, padding_idx=PAD)
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

    def look(self, features: ImageFeatures) -> Memory:
        """Prepares the features of B pictures for attention."""
        values = F.relu(self.value(self.dropout(features.grid)))
        return Memory(self.key(values), values, F.relu(self.gist(self.dropout(features.pooled))))

    def blank(self, count: int, device: torch.device) -> Memory:
        """The memory of no picture, to learn the language alone from."""
        cell = torch.zeros(count, 1, self.hidden, device=device)
        return Memory(cell, cell, torch.zeros(count, self.hidden, device=device))

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first word: zeros, since the gist is read at every word."""
        zeros = memory.gist.new_zeros(1, len(memory.gist), self.hidden)
        return DecoderState((zeros, zeros), (zeros, zeros))

    def forward(self, ids: Tensor, memory: Memory) -> Tensor:
        """Reads ids (B, T), int64, and gives the logits (B, T, V) of each next word."""
        return self.step(ids, memory, self.start(memory))[0]

    def step(self, ids: Tensor, memory: Memory, state: DecoderState) -> tuple[Tensor, DecoderState, Tensor]:
        """Reads T more words.

        Returns:
            Logits (B, T, V), the new state, and the attention (B, T, N), which sums to one over the cells.
        """
        words = self.dropout(self.embed(ids))
        gist = memory.gist.unsqueeze(1).expand(-1, ids.shape[1], -1)
        asked, lower = self.lower(torch.cat([words, gist], dim=-1), state.lower)
        seen, attention = self.attend(asked, memory)
        told, upper = self.upper(torch.cat([self.dropout(asked), seen], dim=-1), state.upper)
        answer = torch.tanh(self.answer(self.dropout(torch.cat([told, seen], dim=-1))))
        return self.output(self.dropout(answer)), DecoderState(lower, upper), attention

    def attend(self, asked: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Asks the cells for states (B, T, H): gives answers (B, T, H) and weights (B, T, N), the heads' mean."""
        query, keys, values = (self._heads(part) for part in (self.ask(asked), memory.keys, memory.values))
        weights = (query @ keys.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
        return (weights @ values).transpose(1, 2).flatten(2), weights.mean(1)

    @staticmethod
    def _heads(x: Tensor) -> Tensor:
        """Splits (B, any, H) into (B, A, any, H / A)."""
        return x.view(*x.shape[:2], ATTENTION_HEADS, -1).transpose(1, 2)
