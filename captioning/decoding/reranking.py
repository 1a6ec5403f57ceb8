"""Reorders the sentences of a beam: by what they tell beyond the usual, by agreement, and by nearness.

Axis legend: B pictures, S sentences per picture, T words.
"""

from __future__ import annotations

import torch
from torch import Tensor

from captioning.decoding.agreement import agreements
from captioning.decoding.beam_search import Sentences
from captioning.decoding.incremental import incremental_decoder
from captioning.decoding.search_rules import LENGTH_PENALTY
from captioning.network.attention_decoder import CaptionDecoder
from captioning.network.plain_decoder import PlainDecoder
from captioning.vocabulary import PAD, START


def rerank(
    decoder: CaptionDecoder | PlainDecoder,
    sentences: Sentences,
    *,
    weight: float,
    length_penalty: float = LENGTH_PENALTY,
    dtype: torch.dtype = torch.float32,
) -> Sentences:
    """Orders by maximum mutual information: (log p(T | I) - weight * log p(T)) / length ** length_penalty.

    Source: Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models", 2016, eq. 9
    (MMI-antiLM). p(T) is what the writer says with no picture before it, so it must have been trained on text
    without pictures. A weight of 0 changes nothing.

    Args:
        decoder: In evaluation mode.
        sentences: As `beam_search` gives them.
        weight: How much of the sentence's own probability is taken off.
        length_penalty: The penalty that the sentences were searched with.
        dtype: What the weights are multiplied in.
    """
    lengths = (sentences.ids != PAD).sum(-1).clamp(min=1)
    prior = prior_log_probs(decoder, sentences.ids[..., : int(lengths.max())], dtype=dtype).sum(-1)
    scores = sentences.scores - weight * prior / lengths.float() ** length_penalty
    return _ordered(sentences, scores)


def prefer_agreement(sentences: Sentences, *, weight: float) -> Sentences:
    """Orders by score plus `weight` times agreement: the choice of least expected loss among the candidates.

    Minimum Bayes risk (Kumar and Byrne, "Minimum Bayes-Risk Decoding for Statistical Machine Translation", 2004,
    eq. 6) with the other sentences of the beam as evidence, each counting alike.

    Args:
        sentences: As `beam_search` or `rerank` gives them.
        weight: How much an agreement of 1 adds to a score.
    """
    shares = [agreements(rows) for rows in sentences.ids.tolist()]
    return _ordered(sentences, sentences.scores + weight * torch.tensor(shares, device=sentences.scores.device))


def prefer_nearness(sentences: Sentences, nearness: Tensor, *, weight: float) -> Sentences:
    """Orders by score plus `weight` times nearness to the picture in the joint space.

    Args:
        sentences: As `beam_search` or one of the functions above gives them.
        nearness: Shape (B, S): inner products of the sentences' embeddings with their picture's, in [-1, 1].
        weight: How much a nearness of 1 adds to a score.
    """
    return _ordered(sentences, sentences.scores + weight * nearness)


def _ordered(sentences: Sentences, scores: Tensor) -> Sentences:
    order = scores.argsort(dim=1, descending=True, stable=True)
    along = order.unsqueeze(-1).expand_as(sentences.ids)
    return Sentences(sentences.ids.gather(1, along), sentences.log_probs.gather(1, along), scores.gather(1, order))


def prior_log_probs(
    decoder: CaptionDecoder | PlainDecoder, ids: Tensor, *, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Log-probability (B, S, T), float32, of each word of sentences (B, S, T) for no picture; 0 behind the end.

    Sentences of one beam mostly begin alike, and those of other pictures often do: each beginning is read once.
    """
    rows = ids.flatten(0, 1)
    incremental = incremental_decoder(decoder, decoder.null_memory(1, ids.device), width=1, dtype=dtype)
    words, log_probs = decoder.embed.num_embeddings, torch.zeros(rows.shape, device=ids.device)
    beginning, read = torch.zeros_like(rows[:, 0]), torch.full_like(rows[:, 0], START)
    for step, targets in enumerate(rows.T):
        going = targets != PAD
        distinct, mine = (beginning * words + read)[going].unique(return_inverse=True)  # type: ignore[no-untyped-call]
        beginning[going], read = mine, targets
        logits = incremental.step((distinct % words)[None], (distinct // words)[None])[0]
        log_probs[going, step] = logits[mine, targets[going]] - logits.logsumexp(-1)[mine]
    return log_probs.view(ids.shape)
