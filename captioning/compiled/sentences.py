"""Writes sentences with a compiled writer by beam search, as `captioning.decoding.beam_search` does with torch's.

Axis legend: B pictures, W beams, S sentences per picture, T words, R beams that go on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.writer import BLOCK, IMPOSSIBLE, Beginnings, Memory, Step, Writer
from captioning.decoding.search_rules import LENGTH_PENALTY, MAX_LENGTH
from captioning.vocabulary import END, PAD, START, UNKNOWN

NEVER = np.float32("-inf")

Ids = NDArray[np.int64]
Numbers = NDArray[np.float32]


class Sentences(NamedTuple):
    """The sentences of each picture, best first.

    Attributes:
        ids: Shape (B, S, T), int64: words, `END`, then `PAD`; only `PAD` where the search found fewer than S.
        log_probs: Shape (B, S, T), float32: log-probability of each word, 0 behind the end.
        scores: Shape (B, S), float32: what they are ordered by, minus infinity where there is no sentence.
    """

    ids: Ids
    log_probs: Numbers
    scores: Numbers

    def ordered(self, scores: Numbers) -> Sentences:
        """The same by other scores (B, S), float32; those of equal ones stay in their order."""
        order = np.argsort(-scores, axis=1, kind="stable")
        along = order[..., None]
        return Sentences(
            np.take_along_axis(self.ids, along, 1),
            np.take_along_axis(self.log_probs, along, 1),
            np.take_along_axis(scores, order, 1),
        )


class _Beams(NamedTuple):
    """Sentences that are being written: ids (B, W, T), log_probs (B, W, T), their sums (B, W), which pictures' (B,)."""

    ids: Ids
    log_probs: Numbers
    total: Numbers
    pictures: Ids

    @property
    def done(self) -> NDArray[np.bool_]:
        """Which beams have come to their end: (B, W), bool."""
        ended: NDArray[np.bool_] = (self.ids[..., -1] == END) | (self.ids[..., -1] == PAD)
        return ended

    def of(self, pictures: NDArray[np.bool_]) -> _Beams:
        """Those of the pictures of a mask (B,), bool."""
        return _Beams(self.ids[pictures], self.log_probs[pictures], self.total[pictures], self.pictures[pictures])


def beam_search(writer: Writer, memory: Memory, *, width: int, sentences: int) -> Sentences:
    """Finds the sentences that `captioning.decoding.beam_search.beam_search` finds, by the same rules.

    What has come to its end is not written on, and beams that go on from the same one share its state.

    Args:
        writer: Compiled.
        memory: Of B pictures.
        width: Beams kept per picture.
        sentences: S, how many sentences to give for each picture, at most `width`.
    """
    count = len(memory.gates)
    beginnings = Beginnings(writer, memory, width=width)
    finished = Sentences(
        np.full((count, sentences, MAX_LENGTH + 1), PAD, np.int64),
        np.zeros((count, sentences, MAX_LENGTH + 1), np.float32),
        np.full((count, sentences), NEVER, np.float32),
    )
    total = np.full((count, width), NEVER, np.float32)
    # At first all beams are the same: only the first may grow.
    total[:, 0] = 0.0
    beams = _Beams(
        np.full((count, width, 1), START, np.int64),
        np.zeros((count, width, 1), np.float32),
        total,
        np.arange(count),
    )
    origin = np.tile(np.arange(width), (count, 1))
    for _ in range(MAX_LENGTH):
        beams, origin = _grow(beams, *_continuations(beginnings, beams, origin))
        settled = _settled(beams, sentences)
        if settled.any():
            _hand_over(beams, settled, finished)
            if settled.all():
                return finished
            going = ~settled
            beginnings.select(going)
            beams, origin = beams.of(going), origin[going]
    # A sentence that reached its largest length ends here with its log-probability so far.
    last = np.where(beams.done, PAD, END)[..., None]
    free = np.zeros_like(beams.log_probs[..., :1])
    ended = beams._replace(
        ids=np.concatenate([beams.ids, last], -1), log_probs=np.concatenate([beams.log_probs, free], -1)
    )
    _hand_over(ended, np.ones(len(beams.pictures), np.bool_), finished)
    return finished


def _continuations(beginnings: Beginnings, beams: _Beams, origin: Ids) -> tuple[Numbers, Ids]:
    """The best W continuations of each beam: their log-probabilities and words, each (B, W, W)."""
    count, width, length = beams.ids.shape
    places = np.flatnonzero(~beams.done & (beams.total > NEVER))
    before = (np.arange(count)[:, None] * width + origin).reshape(-1)[places]
    ids = beams.ids.reshape(-1, length)[places]
    step = beginnings.step(ids[:, -1], places, before)
    _forbid(step, ids)
    best, words = best_words(step, width)
    log_prob = np.full((count * width, width), NEVER, np.float32)
    word = np.full((count * width, width), PAD, np.int64)
    log_prob[places, : best.shape[1]] = best
    word[places, : best.shape[1]] = words
    # The only thing that follows an end is more padding, and it is free.
    log_prob[np.flatnonzero(beams.done), 0] = 0.0
    return log_prob.reshape(count, width, width), word.reshape(count, width, width)


def _forbid(step: Step, ids: Ids) -> None:
    """Makes words impossible, in place, that may not follow beams of ids (R, T)."""
    always = np.tile([PAD, START, UNKNOWN, END] if ids.shape[1] == 1 else [PAD, START, UNKNOWN], (len(ids), 1))
    # What followed this word before may not follow again; a word after itself, or after one other, is a stammer.
    again = np.where(ids[:, :-1] == ids[:, -1:], ids[:, 1:], PAD)
    forbidden = np.concatenate([always, again, ids[:, -2:]], 1)
    beam = np.arange(len(ids))[:, None]
    block, word = np.divmod(forbidden, BLOCK)
    step.logits[beam, block, word] = IMPOSSIBLE
    beam, block = np.divmod(np.unique(beam * step.peaks.shape[1] + block), step.peaks.shape[1])
    step.peaks[beam, block] = step.logits[beam, block].max(1)


def best_words(step: Step, count: int) -> tuple[Numbers, Ids]:
    """The most probable words of each beam, best first, of equal ones the first: log-probabilities and ids (R, any).

    There are `count` of them, or as many as the vocabulary has; an impossible one is `PAD` and never comes.
    """
    beams, blocks, _ = step.logits.shape
    # The best words stand in the blocks of the highest peaks.
    _, chosen = _taken_out(step.peaks.copy(), min(count, blocks))
    chosen.sort(1)
    near = step.logits[np.arange(beams)[:, None], chosen].reshape(beams, -1)
    values, at = _taken_out(near, min(count, near.shape[1]))
    words = np.take_along_axis(chosen, at // BLOCK, 1) * BLOCK + at % BLOCK
    impossible = values <= IMPOSSIBLE
    return np.where(impossible, NEVER, values - step.norm), np.where(impossible, PAD, words)


def _taken_out(values: Numbers, count: int) -> tuple[Numbers, Ids]:
    """The largest numbers of each row, largest first, of equal ones the first, and where they stood: (rows, count).

    They are no longer among the values. So few are looked for in less time one after the other than by sorting.
    """
    rows = np.arange(len(values))
    largest, at = np.empty((len(values), count), np.float32), np.empty((len(values), count), np.int64)
    for number in range(count):
        at[:, number] = values.argmax(1)
        largest[:, number] = values[rows, at[:, number]]
        values[rows, at[:, number]] = NEVER
    return largest, at


def _grow(beams: _Beams, log_prob: Numbers, word: Ids) -> tuple[_Beams, Ids]:
    """Keeps the best W of all continuations, and tells which beams (B, W) they continue."""
    count, width = beams.total.shape
    totals = (beams.total[..., None] + log_prob).reshape(count, -1)
    choice = np.argsort(-totals, axis=1, kind="stable")[:, :width]
    origin = choice // width
    along = origin[..., None]
    words = np.take_along_axis(word.reshape(count, -1), choice, 1)[..., None]
    chosen = np.take_along_axis(log_prob.reshape(count, -1), choice, 1)[..., None]
    ids = np.concatenate([np.take_along_axis(beams.ids, along, 1), words], -1)
    log_probs = np.concatenate([np.take_along_axis(beams.log_probs, along, 1), chosen], -1)
    return _Beams(ids, log_probs, np.take_along_axis(totals, choice, 1), beams.pictures), origin


def _scores(beams: _Beams) -> Numbers:
    """The scores (B, W) of beams that have ended; minus infinity for the others."""
    lengths = np.maximum((beams.ids[..., 1:] != PAD).sum(-1), 1).astype(np.float32)
    return np.where(beams.done, beams.total / lengths ** np.float32(LENGTH_PENALTY), NEVER)


def _settled(beams: _Beams, sentences: int) -> NDArray[np.bool_]:
    """The pictures (B,), bool, whose best sentences no unfinished beam can reach: words only add to its log_prob."""
    worst = np.sort(_scores(beams), axis=1)[:, -sentences]
    reach = np.where(beams.done, NEVER, beams.total / np.float32((MAX_LENGTH + 1) ** LENGTH_PENALTY)).max(1)
    settled: NDArray[np.bool_] = worst >= reach
    return settled


def _hand_over(beams: _Beams, chosen: NDArray[np.bool_], finished: Sentences) -> None:
    """Writes the best sentences of some pictures where they belong."""
    all_scores = _scores(beams)[chosen]
    best = np.argsort(-all_scores, axis=1, kind="stable")[:, : finished.scores.shape[1]]
    scores = np.take_along_axis(all_scores, best, 1)
    pictures, words, along = beams.pictures[chosen], beams.ids.shape[-1] - 1, best[..., None]
    missing = (scores == NEVER)[..., None]
    ids = np.take_along_axis(beams.ids[chosen][..., 1:], along, 1)
    log_probs = np.take_along_axis(beams.log_probs[chosen][..., 1:], along, 1)
    finished.ids[pictures, :, :words] = np.where(missing, PAD, ids)
    finished.log_probs[pictures, :, :words] = np.where(missing, 0, log_probs)
    finished.scores[pictures] = scores
