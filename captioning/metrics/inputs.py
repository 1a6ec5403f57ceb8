"""Refuses captions that a measure would otherwise score to a number without meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from captioning.errors import CaptioningError

Words: TypeAlias = Sequence[str]
"""One sentence, split into words."""


class MetricInputError(CaptioningError):
    """A measure was asked of inputs that are empty, of unequal length, or out of range."""


def check_captions(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> None:
    """Checks that every candidate is split into words and stands beside one or more such references.

    Args:
        candidates: One sentence for each image.
        references: The sentences of people for each image, in the same order.

    Raises:
        MetricInputError: Nothing to score, lists of unequal length, an image without a reference, or a sentence
            that is still a string.
    """
    check_references(references)
    if len(candidates) != len(references):
        raise MetricInputError(
            f"There are {len(candidates)} candidates but references for {len(references)} images; "
            "give one candidate for each image."
        )
    for image, candidate in enumerate(candidates):
        _check_words(candidate, f"Candidate {image}")


def check_references(references: Sequence[Sequence[Words]]) -> None:
    """Checks that there are images and that each has references split into words.

    Args:
        references: The sentences of people for each image.

    Raises:
        MetricInputError: No image, an image without a reference, or a sentence that is still a string.
    """
    if not references:
        raise MetricInputError("There are no captions to score; give one image or more.")
    for image, sentences in enumerate(references):
        if not sentences:
            raise MetricInputError(f"Image {image} has no reference caption; leave it out or give it one.")
        for sentence in sentences:
            _check_words(sentence, f"A reference of image {image}")


def _check_words(sentence: Words, name: str) -> None:
    # A string is a sequence of strings too, and would quietly be scored letter by letter.
    if isinstance(sentence, str):
        raise MetricInputError(f"{name} is a string; split it into words first.")
