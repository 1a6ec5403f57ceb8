"""METEOR over exactly equal words, with neither stems nor synonyms nor paraphrases."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from captioning.metrics.inputs import Words, check_captions

BEAM = 256
"""Partial alignments kept at each word; only sentences that repeat many words many times reach it."""

_Partial: TypeAlias = tuple[int, int]
"""The reference positions used so far, as bits, and the position matched by the word just before."""

_NOWHERE = -2
"""The position of a word without a match: no position follows it."""


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What a candidate shares with a reference, or all candidates with all their best references."""

    matches: int
    chunks: int
    candidate_words: int
    reference_words: int

    def score(self) -> float:
        if not self.matches:
            return 0.0
        precision = self.matches / self.candidate_words
        recall = self.matches / self.reference_words
        mean = 10 * precision * recall / (recall + 9 * precision)
        return mean * (1 - 0.5 * (self.chunks / self.matches) ** 3)


def meteor_exact(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> tuple[float, list[float]]:
    """Computes METEOR with its exact module alone.

    ``METEOR = F * (1 - 0.5 * (chunks / matches)**3)`` with ``F = 10 * P * R / (R + 9 * P)``, P and R the
    matched share of the candidate's and of the reference's words. Words match when they are equal, each at
    most once and as many as possible; a chunk is a run of matches that is adjacent and in the same order in
    both sentences, and of all such alignments one with the fewest chunks is taken. The reference with the
    highest score counts, of equal ones the first.

    Source: Banerjee, Lavie, "METEOR: An Automatic Metric for MT Evaluation with Improved Correlation with
    Human Judgments", 2005, section 2, with the one module for equal words; choosing the fewest chunks among
    the largest alignments is the rule of METEOR 1.5 (Denkowski, Lavie, 2014). Not to be compared with figures
    published for METEOR 1.5, which also match stems, synonyms and paraphrases and weigh words by learnt
    parameters.

    Args:
        candidates: One sentence for each image.
        references: One or more sentences for each image.

    Returns:
        The score of the corpus, from matches, chunks and words summed over images as the paper does, and the
        score of each image; all in [0, 1].

    Raises:
        MetricInputError: Nothing to score, lists of unequal length, an image without a reference, or a sentence
            that is still a string.
    """
    check_captions(candidates, references)
    best = [
        max((_compare(candidate, sentence) for sentence in sentences), key=_Statistics.score)
        for candidate, sentences in zip(candidates, references, strict=True)
    ]
    corpus = _Statistics(
        matches=sum(image.matches for image in best),
        chunks=sum(image.chunks for image in best),
        candidate_words=sum(image.candidate_words for image in best),
        reference_words=sum(image.reference_words for image in best),
    )
    return corpus.score(), [image.score() for image in best]


def _compare(candidate: Words, reference: Words) -> _Statistics:
    matches = (Counter(candidate) & Counter(reference)).total()
    return _Statistics(matches, fewest_chunks(candidate, reference), len(candidate), len(reference))


def fewest_chunks(candidate: Words, reference: Words) -> int:
    """Finds the fewest chunks into which a largest alignment of equal words can fall.

    Walks along the candidate and keeps, for each set of used reference positions and last match, the fewest
    chunks that lead there. Exact as long as no more than `BEAM` such states are alive at one word, and close
    to it beyond.

    Args:
        candidate: Words in order.
        reference: Words in order.

    Returns:
        The number of chunks; 0 when no word is shared.
    """
    places: dict[str, list[int]] = {}
    for position, word in enumerate(reference):
        places.setdefault(word, []).append(position)
    left = Counter(candidate)
    alive: dict[_Partial, int] = {(0, _NOWHERE): 0}
    for word in candidate:
        left[word] -= 1
        alive = _extend(alive, places.get(word, []), later=left[word])
        if len(alive) > BEAM:
            alive = dict(heapq.nsmallest(BEAM, alive.items(), key=lambda item: (item[1], item[0])))
    return min(alive.values())


def _extend(alive: dict[_Partial, int], places: Sequence[int], *, later: int) -> dict[_Partial, int]:
    """Takes every partial alignment past one more word of the candidate.

    Args:
        alive: The fewest chunks that lead to each partial alignment.
        places: Where the reference has the word.
        later: How often the word comes again in the candidate.
    """
    extended: dict[_Partial, int] = {}

    def keep(partial: _Partial, chunks: int) -> None:
        if chunks < extended.get(partial, chunks + 1):
            extended[partial] = chunks

    for (used, previous), chunks in alive.items():
        free = [place for place in places if not used >> place & 1]
        for place in free:
            keep((used | 1 << place, place), chunks + (place != previous + 1))
        # Left without a match only where the word's later occurrences can still take every free place: so
        # every alignment that reaches the end is a largest one.
        if later >= len(free):
            keep((used, _NOWHERE), chunks)
    return extended
