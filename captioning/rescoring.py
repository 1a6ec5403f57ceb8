"""Reorders sentences by what they tell of the picture beyond what anyone would say anyway.

Axis legend: B pictures, S sentences per picture, T words.
"""

from __future__ import annotations

import torch
from torch import Tensor

from captioning.beam import LENGTH_POWER, Sentences
from captioning.decoder import CaptionDecoder
from captioning.plain_decoder import PlainDecoder
from captioning.vocabulary import PAD, START


def rescore(
    decoder: CaptionDecoder | PlainDecoder,
    sentences: Sentences,
    *,
    weight: float,
    length_power: float = LENGTH_POWER,
    dtype: torch.dtype = torch.float32,
) -> Sentences:
    """Orders by maximum mutual information: (log p(T | I) - weight * log p(T)) / length ** length_power.

    Source: Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models", 2016, eq. 9
    (MMI-antiLM). p(T) is what the writer says with no picture before it, so it must have been trained on text
    without pictures. A weight of 0 changes nothing.

    Args:
        decoder: In evaluation mode.
        sentences: As `beam_search` gives them.
        weight: How much of the sentence's own probability is taken off.
        length_power: The power that the sentences were searched with.
        dtype: What the weights are multiplied in.
    """
    lengths = (sentences.ids != PAD).sum(-1).clamp(min=1)
    with torch.autocast(sentences.ids.device.type, dtype, enabled=dtype != torch.float32):
        prior = prior_log_probs(decoder, sentences.ids[..., : int(lengths.max())]).sum(-1)
    scores = sentences.scores - weight * prior / lengths.float() ** length_power
    order = scores.argsort(dim=1, descending=True, stable=True)
    along = order.unsqueeze(-1).expand_as(sentences.ids)
    return Sentences(sentences.ids.gather(1, along), sentences.log_probs.gather(1, along), scores.gather(1, order))


def prior_log_probs(decoder: CaptionDecoder | PlainDecoder, ids: Tensor) -> Tensor:
    """Log-probability (B, S, T), float32, of each word of sentences (B, S, T) for no picture; 0 behind the end."""
    rows = ids.flatten(0, 1)
    start = torch.full((len(rows), 1), START, device=ids.device)
    logits = decoder(torch.cat([start, rows[:, :-1]], dim=1), decoder.blank(len(rows), ids.device))
    chosen: Tensor = logits.float().log_softmax(-1).gather(2, rows.unsqueeze(2)).squeeze(2)
    return chosen.masked_fill(rows == PAD, 0.0).view(ids.shape)
