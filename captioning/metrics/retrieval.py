"""Ranks of the right answers when captions look for their image and images for their captions.

C is the number of captions, I the number of images, Q the number of queries. A rank is 0-based: the number of
wrong answers that come before the right one. Ties are settled against the model: a wrong answer with the same
score as the right one comes before it, so that a model which scores everything alike finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from captioning.metrics.inputs import MetricInputError

Scores: TypeAlias = NDArray[np.floating[Any]]
Owners: TypeAlias = NDArray[np.integer[Any]] | Sequence[int]
Ranks: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """How well one side finds the other.

    Attributes:
        recall_at_1: Share of queries whose right answer comes first, in [0, 1].
        recall_at_5: The same among the first five.
        recall_at_10: The same among the first ten.
        median_rank: Median of the ranks, counted from 1 as papers print them.
        queries: How many were asked.
    """

    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    median_rank: float
    queries: int


def image_ranks(scores: Scores, owner: Owners) -> Ranks:
    """Ranks, for each caption, its own image among all images.

    Args:
        scores: Shape (C, I), float: how well each caption fits each image, higher is better.
        owner: Shape (C,), integer in [0, I): the image that each caption describes.

    Returns:
        Shape (C,), int64, in [0, I).

    Raises:
        MetricInputError: Shapes that do not fit, nothing to rank, an owner out of range, or a score that is
            not a number.
    """
    owner = _checked_owner(scores, owner)
    right = scores[np.arange(len(owner)), owner]
    ranks: Ranks = np.count_nonzero(scores >= right[:, None], axis=1) - 1
    return ranks


def caption_ranks(scores: Scores, owner: Owners) -> Ranks:
    """Ranks, for each image, the best of its own captions among the captions of all other images.

    Args:
        scores: Shape (C, I), float: how well each caption fits each image, higher is better.
        owner: Shape (C,), integer in [0, I): the image that each caption describes.

    Returns:
        Shape (Q,), int64, in [0, C): one for each image that has a caption, in the order of the images.

    Raises:
        MetricInputError: Shapes that do not fit, nothing to rank, an owner out of range, or a score that is
            not a number.
    """
    owner = _checked_owner(scores, owner)
    own = scores[np.arange(len(owner)), owner]
    best = np.full(scores.shape[1], -np.inf, dtype=scores.dtype)
    np.maximum.at(best, owner, own)
    before = np.count_nonzero(scores >= best, axis=0)
    # An image's other captions are right answers too, so they do not stand in its way.
    before -= np.bincount(owner[own >= best[owner]], minlength=len(best))
    ranks: Ranks = before[np.bincount(owner, minlength=len(best)) > 0]
    return ranks


def recall_at_k(ranks: Ranks, k: int) -> float:
    """Computes the share of queries whose right answer is among the first k.

    Args:
        ranks: Shape (Q,), int64: 0-based ranks.
        k: How many answers are looked at.

    Returns:
        ``mean(ranks < k)``, in [0, 1].

    Raises:
        MetricInputError: No ranks, or k below 1.
    """
    if len(ranks) == 0:
        raise MetricInputError("There are no ranks to take a recall of; ask one query or more.")
    if k < 1:
        raise MetricInputError(f"Recall at {k} is not defined; k must be 1 or more.")
    return float(np.mean(ranks < k))


def image_retrieval(scores: Scores, owner: Owners) -> RetrievalScores:
    """Measures how well captions find their images.

    ``R@k = mean(rank < k)``, as in Hodosh, Young, Hockenmaier, "Framing Image Description as a Ranking Task",
    JAIR 2013, and Karpathy, Fei-Fei, "Deep Visual-Semantic Alignments for Generating Image Descriptions",
    CVPR 2015, section 4.1. Every caption is a query of its own.

    Args:
        scores: Shape (C, I), float: how well each caption fits each image, higher is better.
        owner: Shape (C,), integer in [0, I): the image that each caption describes.

    Returns:
        The recalls and the median rank over the C captions.

    Raises:
        MetricInputError: Shapes that do not fit, nothing to rank, an owner out of range, or a score that is
            not a number.
    """
    return _summary(image_ranks(scores, owner))


def caption_retrieval(scores: Scores, owner: Owners) -> RetrievalScores:
    """Measures how well images find their captions.

    The measures of `image_retrieval`; with several captions of an image the one found first counts. An image
    without a caption asks nothing.

    Args:
        scores: Shape (C, I), float: how well each caption fits each image, higher is better.
        owner: Shape (C,), integer in [0, I): the image that each caption describes.

    Returns:
        The recalls and the median rank over the images that have a caption.

    Raises:
        MetricInputError: Shapes that do not fit, nothing to rank, an owner out of range, or a score that is
            not a number.
    """
    return _summary(caption_ranks(scores, owner))


def rsum(image: RetrievalScores, caption: RetrievalScores) -> float:
    """Adds up the six recalls.

    ``rsum = R@1 + R@5 + R@10`` of both directions, the sum of recalls by which Faghri et al., "VSE++:
    Improving Visual-Semantic Embeddings with Hard Negatives", BMVC 2018, choose their models.

    Args:
        image: What `image_retrieval` gave.
        caption: What `caption_retrieval` gave.

    Returns:
        The sum, in [0, 6]; papers print it times 100.
    """
    return sum(side.recall_at_1 + side.recall_at_5 + side.recall_at_10 for side in (image, caption))


def _summary(ranks: Ranks) -> RetrievalScores:
    return RetrievalScores(
        recall_at_1=recall_at_k(ranks, 1),
        recall_at_5=recall_at_k(ranks, 5),
        recall_at_10=recall_at_k(ranks, 10),
        median_rank=float(np.median(ranks)) + 1,
        queries=len(ranks),
    )


def _checked_owner(scores: Scores, owner: Owners) -> NDArray[np.int64]:
    if scores.ndim != 2 or scores.size == 0:
        raise MetricInputError(
            f"Scores of shape {scores.shape} cannot be ranked; "
            "give one row for each caption and one column for each image."
        )
    owners = np.asarray(owner)
    if owners.shape != (len(scores),) or not np.issubdtype(owners.dtype, np.integer):
        raise MetricInputError(
            f"Owners of shape {owners.shape} and type {owners.dtype} do not fit {len(scores)} captions; "
            "give one image number for each."
        )
    stray = np.flatnonzero((owners < 0) | (owners >= scores.shape[1]))
    if len(stray):
        raise MetricInputError(
            f"Caption {stray[0]} belongs to image {owners[stray[0]]}, but there are {scores.shape[1]} "
            "images; number them from 0."
        )
    missing = np.argwhere(np.isnan(scores))
    if len(missing):
        caption, image = missing[0]
        raise MetricInputError(
            f"The score of caption {caption} and image {image} is not a number; check the embeddings it comes from."
        )
    return owners.astype(np.int64)
