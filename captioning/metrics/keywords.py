"""Precision and recall of the annotation, the short list of keywords that stands beside the sentence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from captioning.metrics.inputs import MetricInputError


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """How well keywords agree with those of people, each in [0, 1].

    Attributes:
        precision: Share of the proposed keywords that are right.
        recall: Share of the right keywords that are proposed.
        f1: Their harmonic mean.
    """

    precision: float
    recall: float
    f1: float


def keyword_scores(proposed: Sequence[Collection[str]], expected: Sequence[Collection[str]]) -> KeywordScores:
    """Computes precision, recall and F1 of keywords, all images taken together.

    ``P = hits / proposed``, ``R = hits / expected``, ``F1 = 2 * P * R / (P + R)``, each count summed over
    images before dividing (micro average); a share of nothing is 0. Order and repetition within an image do
    not matter.

    Source: van Rijsbergen, "Information Retrieval", 1979, chapter 7; the overall precision, recall and F1
    (O-P, O-R, O-F1) of Wang et al., "CNN-RNN: A Unified Framework for Multi-label Image Classification", CVPR
    2016.

    Args:
        proposed: The model's keywords for each image.
        expected: The right keywords for each image, in the same order.

    Returns:
        The three scores.

    Raises:
        MetricInputError: No image, lists of unequal length, or keywords given as one string.
    """
    if not proposed and not expected:
        raise MetricInputError("There are no keywords to score; give those of one image or more.")
    if len(proposed) != len(expected):
        raise MetricInputError(
            f"There are keywords proposed for {len(proposed)} images but expected for {len(expected)}; "
            "give both for each image."
        )
    hits = guesses = truths = 0
    for image, (ours, theirs) in enumerate(zip(proposed, expected, strict=True)):
        if isinstance(ours, str) or isinstance(theirs, str):
            raise MetricInputError(f"The keywords of image {image} are one string; give them as separate words.")
        ours, theirs = set(ours), set(theirs)
        hits += len(ours & theirs)
        guesses += len(ours)
        truths += len(theirs)
    return KeywordScores(
        precision=_share(hits, guesses), recall=_share(hits, truths), f1=_share(2 * hits, guesses + truths)
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
