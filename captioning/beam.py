"""Writes sentences by beam search, for a whole batch of pictures at once.

Axis legend: B pictures, W beams, T words, V writable words.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from captioning.decoder import CaptionDecoder, DecoderState, Memory
from captioning.plain_decoder import PlainDecoder
from captioning.vocabulary import END, PAD, START, UNKNOWN


class Sentences(NamedTuple):
    """The best sentence of each picture.

    Attributes:
        ids: Shape (B, T), int64: words, `END`, then `PAD`.
        log_probs: Shape (B, T), float32: log-probability of each word, 0 behind the end.
    """

    ids: Tensor
    log_probs: Tensor


def beam_search(
    decoder: CaptionDecoder | PlainDecoder,
    memory: Memory,
    *,
    width: int = 5,
    longest: int = 20,
    length_power: float = 0.7,
) -> Sentences:
    """Finds sentences of high log-probability divided by length ** length_power (Wu et al. 2016, eq. 14).

    No pair of neighbouring words comes twice in a sentence, and no unknown word is written. Width 1 is greedy
    decoding. Nothing is drawn at random.

    Args:
        decoder: In evaluation mode.
        memory: Of B pictures, as `CaptionDecoder.look` gives it.
        width: Beams kept per picture.
        longest: Largest number of words.
        length_power: 0 prefers short sentences, 1 compares mean log-probabilities.
    """
    count = len(memory.gist)
    memory = Memory(*(part.repeat_interleave(width, 0) for part in memory))
    device = memory.gist.device
    state = decoder.start(memory)
    ids = torch.full((count * width, 1), START, device=device)
    log_probs = torch.zeros(count * width, 1, device=device)
    # At first all beams are the same: only the first may grow.
    total = torch.full((count, width), float("-inf"), device=device)
    total[:, 0] = 0.0
    rows = torch.arange(count, device=device).unsqueeze(1) * width
    for length in range(1, longest + 2):
        logits, state, _ = decoder.step(ids[:, -1:], memory, state)
        step = _allowed(logits[:, -1].float().log_softmax(-1), ids, last=length > longest)
        total, choice = (total.view(-1, 1) + step).view(count, -1).topk(width, dim=1)
        origin = (rows + choice // step.shape[1]).flatten()
        word = (choice % step.shape[1]).flatten()
        ids = torch.cat([ids[origin], word.unsqueeze(1)], dim=1)
        gained = step[origin, word].masked_fill(word == PAD, 0.0)
        log_probs = torch.cat([log_probs[origin], gained.unsqueeze(1)], dim=1)
        state = _reorder(state, origin)
        if bool(((word == END) | (word == PAD)).all()):
            break
    lengths = (ids[:, 1:] != PAD).sum(1).view(count, width)
    best = (rows.squeeze(1) + (total / lengths.float() ** length_power).argmax(1)).flatten()
    return Sentences(ids[best, 1:], log_probs[best, 1:])


def _allowed(step: Tensor, ids: Tensor, *, last: bool) -> Tensor:
    """Log-probabilities (B * W, V) with what may not follow at minus infinity."""
    step = step.clone()
    step[:, [PAD, START, UNKNOWN]] = float("-inf")
    if ids.shape[1] == 1:
        step[:, END] = float("-inf")
    else:
        seen = ids[:, :-1] == ids[:, -1:]
        block = torch.zeros_like(step)
        block.scatter_reduce_(1, ids[:, 1:], seen.to(step.dtype), reduce="amax")
        # A word right after itself is a stammer, not a phrase.
        block.scatter_(1, ids[:, -1:], 1.0)
        step = step.masked_fill(block.bool(), float("-inf"))
    if last:
        # A sentence that reached its largest length ends here at its price so far.
        step.fill_(float("-inf"))
        step[:, END] = 0.0
    done = (ids[:, -1] == END) | (ids[:, -1] == PAD)
    step[done] = float("-inf")
    step[done, PAD] = 0.0
    return step


def _reorder(state: DecoderState, origin: Tensor) -> DecoderState:
    (lower_h, lower_c), (upper_h, upper_c) = state
    return DecoderState((lower_h[:, origin], lower_c[:, origin]), (upper_h[:, origin], upper_c[:, origin]))
