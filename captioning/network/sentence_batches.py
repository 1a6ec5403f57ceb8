"""Sentences as the network reads them: batches of word ids, and their vectors.

Axis legend: M sentences, T words, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from captioning.network.model import CaptionNetwork
from captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary


def pad_ids(rows: Sequence[Sequence[int]]) -> Tensor:
    """Lays rows of ids side by side, padded at the end by `PAD` to the longest: (M, T), int64."""
    length = max((len(row) for row in rows), default=0)
    return torch.tensor([[*row, *[PAD] * (length - len(row))] for row in rows], dtype=torch.int64)


def frame_ids(rows: Sequence[Sequence[int]], *, writable: int) -> Tensor:
    """Adds start and end to rows of ids and replaces ids from `writable` on by unknown: (M, T + 2), int64."""
    return pad_ids([[START, *[i if i < writable else UNKNOWN for i in row], END] for row in rows])


@torch.inference_mode()
def encode_sentences(
    network: CaptionNetwork, sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, *, batch: int = 512
) -> Tensor:
    """Encodes tokenised sentences to unit vectors (M, D), float32, on the network's device."""
    device = next(network.parameters()).device
    rows = [vocabulary.encode(words) or [END] for words in sentences]
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    embeddings = torch.empty(len(rows), network.joint.text.straight.out_features, device=device)
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        embeddings[chosen] = network.encode_text(pad_ids([rows[index] for index in chosen]).to(device))
    return embeddings
