"""The plain sentence writer: one LSTM whose first input is the pooled picture (Show and Tell, Vinyals et al. 2015).

Axis legend: B batch, T words, C channels, H hidden size, V writable words.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from captioning.errors import ConfigurationError
from captioning.network.attention_decoder import DecoderState, Memory
from captioning.network.image_encoder import ImageFeatures
from captioning.network.lstm import LSTM
from captioning.vocabulary import PAD


class PlainDecoder(nn.Module):
    """Models log p(y_t | y_<t, I) without attention, behind the interface of `CaptionDecoder`."""

    def __init__(self, words: int, *, channels: int, word_size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(words, word_size, padding_idx=PAD)
        # The name of its tensors in every model file, which counts in its identity: it gives the global feature.
        self.gist = nn.Linear(2 * channels, word_size)
        self.lstm = LSTM(word_size, hidden, batch_first=True)
        self.answer = nn.Linear(hidden, word_size)
        self.output = nn.Linear(word_size, words)
        self.dropout = nn.Dropout(dropout)
        self.output.weight = self.embed.weight
        nn.init.normal_(self.embed.weight, std=0.05)
        nn.init.zeros_(self.output.bias)

    def encode_memory(self, features: ImageFeatures, embeddings: Tensor | None = None) -> Memory:
        """Keeps only the pooled picture, as the size of a word; the one cell of the grid stands for nothing.

        The embeddings are not read.
        """
        global_feature = F.relu(self.gist(self.dropout(features.pooled)))
        cell = global_feature.new_zeros(len(global_feature), 1, self.hidden)
        return Memory(cell, cell, global_feature)

    def embedding_memory(self, embeddings: Tensor) -> Memory:
        """Fails: this decoder reads no embeddings.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError("a plain decoder reads no embeddings of the joint space")

    def null_memory(self, count: int, device: torch.device) -> Memory:
        """The memory of no picture, to learn the language alone from."""
        cell = torch.zeros(count, 1, self.hidden, device=device)
        return Memory(cell, cell, torch.zeros(count, self.gist.out_features, device=device))

    def start(self, memory: Memory) -> DecoderState:
        """The state after the picture was read, and before the first word."""
        _, state = self.lstm(memory.global_feature.unsqueeze(1))
        return DecoderState(state, state)

    def forward(self, ids: Tensor, memory: Memory) -> Tensor:
        """Reads ids (B, T), int64, and gives the logits (B, T, V) of each next word."""
        return self.step(ids, memory, self.start(memory))[0]

    def step(self, ids: Tensor, memory: Memory, state: DecoderState) -> tuple[Tensor, DecoderState, Tensor]:
        """Reads T more words, ids (B, T), int64.

        Returns:
            Logits (B, T, V), float32, the new state, and attention (B, T, 1), float32, which is all ones.
        """
        hidden, after = self.lstm(self.dropout(self.embed(ids)), state.attention)
        answer = torch.tanh(self.answer(self.dropout(hidden)))
        attention = torch.ones(*ids.shape, 1, device=ids.device)
        return self.output(self.dropout(answer)), DecoderState(after, after), attention
