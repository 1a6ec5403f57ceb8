"""Writes sentences as a model's configuration asks for: a beam search, and a choice among the beam.

Axis legend: B pictures, S sentences per picture, T words, D joint size.
"""

from __future__ import annotations

import torch
from torch import Tensor

from captioning.config import ModelConfig
from captioning.decoding.beam_search import Sentences, beam_search
from captioning.decoding.reranking import prefer_agreement, prefer_nearness, rerank
from captioning.network.attention_decoder import Memory
from captioning.network.model import CaptionNetwork
from captioning.vocabulary import END, PAD


def write_sentences(
    network: CaptionNetwork,
    memory: Memory,
    embeddings: Tensor,
    config: ModelConfig,
    *,
    beam: int,
    sentences: int,
    dtype: torch.dtype = torch.float32,
) -> Sentences:
    """The best sentences of a beam, chosen among it as the model asks for.

    Args:
        network: In evaluation mode.
        memory: Of B pictures.
        embeddings: Theirs, unit vectors (B, D), float32.
        config: Tells what counts when the best is chosen.
        beam: How many unfinished sentences are kept, at least.
        sentences: How many are wanted of each picture.
        dtype: What the weights are multiplied in.
    """
    chosen = bool(config.prior_weight or config.agreement_weight or config.nearness_weight)
    width = max(beam, sentences)
    written = beam_search(network.decoder, memory, width=width, sentences=width if chosen else sentences, dtype=dtype)
    if config.prior_weight:
        written = rerank(network.decoder, written, weight=config.prior_weight, dtype=dtype)
    if config.agreement_weight:
        written = prefer_agreement(written, weight=config.agreement_weight)
    if config.nearness_weight:
        nearness = (_embed(network, written.ids) @ embeddings.unsqueeze(-1)).squeeze(-1)
        written = prefer_nearness(written, nearness, weight=config.nearness_weight)
    return written


def _embed(network: CaptionNetwork, ids: Tensor) -> Tensor:
    """Places sentences (B, S, T), int64, as they were written, in the joint space: unit vectors (B, S, D), float32."""
    rows = ids.flatten(0, 1).masked_fill(ids.flatten(0, 1) == END, PAD)
    rows = rows[:, : max(1, int((rows != PAD).sum(1).max()))]
    # A search that found fewer sentences leaves empty ones, which the encoder reads as an end.
    rows[:, 0] = rows[:, 0].masked_fill(rows[:, 0] == PAD, END)
    return network.encode_text(rows).view(*ids.shape[:2], -1)
