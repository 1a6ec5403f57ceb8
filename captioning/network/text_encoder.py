"""The text tower: a bidirectional LSTM over words.

Axis legend: B batch, T words, E word size, H hidden size per direction.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from captioning.vocabulary import PAD


class TextEncoder(nn.Module):
    """Maps word ids to one vector: mean and maximum of the LSTM's states."""

    def __init__(self, words: int, *, word_size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, word_size, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(word_size, hidden, batch_first=True, bidirectional=True)
        self.size = 4 * hidden
        # Unit-sized vectors of 300 numbers would drown the LSTM's gates at the start.
        nn.init.normal_(self.embed.weight, std=0.1)

    def forward(self, ids: Tensor) -> Tensor:
        """Encodes ids (B, T), int64, padded at the end by `PAD`, each row with at least one word, as (B, 4H)."""
        mask = ids != PAD
        lengths = mask.sum(1).cpu()
        packed = pack_padded_sequence(self.dropout(self.embed(ids)), lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=ids.shape[1])
        gaps = ~mask.unsqueeze(-1)
        mean = states.masked_fill(gaps, 0.0).sum(1) / lengths.to(states.device).unsqueeze(1)
        return torch.cat([mean, states.masked_fill(gaps, float("-inf")).amax(1)], dim=1)
