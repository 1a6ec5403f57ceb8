"""Writes sentences by beam search, for a whole batch of pictures at once.

Axis legend: B pictures, W beams, S sentences per picture, T words, V writable words.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from captioning.decoding.incremental import incremental_decoder
from captioning.decoding.search_rules import LENGTH_PENALTY, MAX_LENGTH
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.plain_decoder import PlainDecoder
from captioning.vocabulary import END, PAD, START, UNKNOWN

NEVER = float("-inf")


class Sentences(NamedTuple):
    """The sentences of each picture, best first.

    Attributes:
        ids: Shape (B, S, T), int64: words, `END`, then `PAD`; only `PAD` where the search found fewer than S.
        log_probs: Shape (B, S, T), float32: log-probability of each word, 0 behind the end.
        scores: Shape (B, S), float32: what they are ordered by, minus infinity where there is no sentence.
    """

    ids: Tensor
    log_probs: Tensor
    scores: Tensor


class _Beams(NamedTuple):
    """Sentences that are being written: ids (B, W, T), log_probs (B, W, T), their sums (B, W), which pictures' (B,)."""

    ids: Tensor
    log_probs: Tensor
    total: Tensor
    pictures: Tensor

    @property
    def done(self) -> Tensor:
        """Which beams have come to their end: (B, W), bool."""
        return (self.ids[..., -1] == END) | (self.ids[..., -1] == PAD)


def beam_search(
    decoder: CaptionDecoder | PlainDecoder,
    memory: Memory,
    *,
    width: int = 5,
    sentences: int = 1,
    max_length: int = MAX_LENGTH,
    length_penalty: float = LENGTH_PENALTY,
    dtype: torch.dtype = torch.float32,
) -> Sentences:
    """Finds sentences of high log-probability divided by length ** length_penalty (Wu et al. 2016, eq. 14).

    No pair of neighbouring words comes twice in a sentence, no word follows again after one other ("a white and white
    dog"), and no unknown word is written. Width 1 is greedy decoding. Nothing is drawn at random. A picture is left as
    soon as no beam of it can come among its best any more.

    Args:
        decoder: In evaluation mode.
        memory: Of B pictures, as `CaptionDecoder.encode_memory` gives it.
        width: Beams kept per picture.
        sentences: S, how many sentences to give for each picture, at most `width`.
        max_length: Largest number of words.
        length_penalty: 0 prefers short sentences, 1 compares mean log-probabilities.
        dtype: What the weights are multiplied in.
    """
    count, device = len(memory.global_feature), memory.global_feature.device
    incremental = incremental_decoder(decoder, memory, width=width, dtype=dtype)
    finished = Sentences(
        torch.full((count, sentences, max_length + 1), PAD, device=device),
        torch.zeros(count, sentences, max_length + 1, device=device),
        torch.full((count, sentences), NEVER, device=device),
    )
    beams, origin = _begun(count, width, device)
    for _ in range(max_length):
        logits = incremental.step(beams.ids[..., -1], origin)
        beams, origin = _grow(beams, *_continuations(logits, beams))
        settled = _settled(beams, sentences, max_length, length_penalty)
        if bool(settled.any()):
            _hand_over(beams, settled, finished, length_penalty)
            if bool(settled.all()):
                return finished
            going = ~settled
            incremental.select(going)
            beams, origin = _Beams(*(part[going] for part in beams)), origin[going]
    # A sentence that reached its largest length ends here with its log-probability so far.
    last = torch.where(beams.done, PAD, END).unsqueeze(-1)
    free = torch.zeros_like(beams.log_probs[..., :1])
    ended = beams._replace(ids=torch.cat([beams.ids, last], -1), log_probs=torch.cat([beams.log_probs, free], -1))
    _hand_over(ended, torch.ones_like(beams.pictures, dtype=torch.bool), finished, length_penalty)
    return finished


def _begun(count: int, width: int, device: torch.device) -> tuple[_Beams, Tensor]:
    """Beams of B pictures before their first word, and which beams (B, W) they continue: themselves."""
    total = torch.full((count, width), NEVER, device=device)
    # At first all beams are the same: only the first may grow.
    total[:, 0] = 0.0
    start = torch.full((count, width, 1), START, device=device)
    beams = _Beams(start, torch.zeros(count, width, 1, device=device), total, torch.arange(count, device=device))
    return beams, torch.arange(width, device=device).expand(count, -1)


def _continuations(logits: Tensor, beams: _Beams) -> tuple[Tensor, Tensor]:
    """The best W continuations of each beam: their log-probabilities and words, each (B, W, W)."""
    norm = logits.logsumexp(-1, keepdim=True)
    ids = beams.ids
    # One by one: a list of them would be copied to a GPU at every step, and the processor would wait for it.
    for unwritten in (PAD, START, UNKNOWN):
        logits[..., unwritten] = NEVER
    if ids.shape[-1] == 1:
        logits[..., END] = NEVER
    # What followed this word before may not follow again; a word after itself, or after one other, is a stammer.
    again = ids[..., 1:].masked_fill(ids[..., :-1] != ids[..., -1:], PAD)
    just_said = ids[..., -2:].masked_fill(beams.done.unsqueeze(-1), PAD)
    logits.scatter_(-1, torch.cat([again, just_said], -1), NEVER)
    width = ids.shape[1]
    log_prob, word = logits.topk(min(width, logits.shape[-1]), dim=-1)
    log_prob = log_prob - norm
    # The only thing that follows an end is more padding, and it is free.
    done = beams.done.unsqueeze(-1)
    log_prob, word = log_prob.masked_fill(done, NEVER), word.masked_fill(done, PAD)
    log_prob[..., 0] = log_prob[..., 0].masked_fill(beams.done, 0.0)
    return log_prob, word


def _grow(beams: _Beams, log_prob: Tensor, word: Tensor) -> tuple[_Beams, Tensor]:
    """Keeps the best W of all continuations, and tells which beams (B, W) they continue."""
    count, width = beams.total.shape
    total, choice = (beams.total.unsqueeze(-1) + log_prob).view(count, -1).topk(width, dim=1)
    origin = choice // log_prob.shape[-1]
    along = origin.unsqueeze(-1).expand(-1, -1, beams.ids.shape[-1])
    ids = torch.cat([beams.ids.gather(1, along), word.view(count, -1).gather(1, choice).unsqueeze(-1)], -1)
    chosen = log_prob.view(count, -1).gather(1, choice).unsqueeze(-1)
    log_probs = torch.cat([beams.log_probs.gather(1, along), chosen], -1)
    return _Beams(ids, log_probs, total, beams.pictures), origin


def _scores(beams: _Beams, length_penalty: float) -> Tensor:
    """The scores (B, W) of beams that have ended; minus infinity for the others."""
    lengths = (beams.ids[..., 1:] != PAD).sum(-1)
    return (beams.total / lengths.float() ** length_penalty).masked_fill(~beams.done, NEVER)


def _settled(beams: _Beams, sentences: int, max_length: int, length_penalty: float) -> Tensor:
    """The pictures (B,), bool, whose best sentences no unfinished beam can reach: words only add to its log_prob."""
    worst = _scores(beams, length_penalty).topk(sentences, dim=1).values[:, -1]
    reach = (beams.total / (max_length + 1) ** length_penalty).masked_fill(beams.done, NEVER).amax(1)
    settled: Tensor = worst >= reach
    return settled


def _hand_over(beams: _Beams, chosen: Tensor, finished: Sentences, length_penalty: float) -> None:
    """Writes the best sentences of some pictures where they belong."""
    scores, best = _scores(beams, length_penalty)[chosen].topk(finished.scores.shape[1], dim=1)
    pictures, words = beams.pictures[chosen], beams.ids.shape[-1] - 1
    along = best.unsqueeze(-1).expand(-1, -1, words)
    missing = (scores == NEVER).unsqueeze(-1)
    finished.ids[pictures, :, :words] = beams.ids[chosen][..., 1:].gather(1, along).masked_fill(missing, PAD)
    finished.log_probs[pictures, :, :words] = (
        beams.log_probs[chosen][..., 1:].gather(1, along).masked_fill(missing, 0.0)
    )
    finished.scores[pictures] = scores
