from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from captioning.metrics import (
    MetricInputError,
    RetrievalScores,
    caption_ranks,
    caption_retrieval,
    image_ranks,
    image_retrieval,
    recall_at_k,
    rsum,
)

Case: TypeAlias = tuple[NDArray[np.float32], list[int]]

SCORES = np.array(
    [
        [0.9, 0.1, 0.2],
        [0.3, 0.4, 0.5],
        [0.8, 0.7, 0.6],
        [0.1, 0.2, 0.9],
        [0.6, 0.6, 0.1],
    ],
    dtype=np.float32,
)
OWNER = [0, 0, 1, 2, 1]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    captions, images = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    # Few distinct scores, so that ties are common.
    values = draw(st.lists(st.integers(-2, 2), min_size=captions * images, max_size=captions * images))
    owner = draw(st.lists(st.integers(0, images - 1), min_size=captions, max_size=captions))
    return np.array(values, dtype=np.float32).reshape(captions, images), owner


def test_hand_computed_image_ranks() -> None:
    # The last caption scores its own image 1 and image 0 alike, which counts against it.
    assert image_ranks(SCORES, OWNER).tolist() == [0, 2, 1, 0, 1]


def test_hand_computed_caption_ranks() -> None:
    assert caption_ranks(SCORES, OWNER).tolist() == [0, 0, 0]
    assert caption_ranks(SCORES, [1, 1, 0, 2, 0]).tolist() == [1, 2, 0]


def test_hand_computed_summaries() -> None:
    image = image_retrieval(SCORES, OWNER)
    caption = caption_retrieval(SCORES, OWNER)
    assert image == RetrievalScores(recall_at_1=0.4, recall_at_5=1.0, recall_at_10=1.0, median_rank=2.0, queries=5)
    assert caption == RetrievalScores(recall_at_1=1.0, recall_at_5=1.0, recall_at_10=1.0, median_rank=1.0, queries=3)
    assert rsum(image, caption) == pytest.approx(5.4)


def test_recall_counts_ranks_below_k() -> None:
    ranks = np.array([0, 4, 5, 9, 10])
    assert [recall_at_k(ranks, k) for k in (1, 5, 10, 11)] == [0.2, 0.4, 0.8, 1.0]


def test_median_rank_of_an_even_number_lies_between() -> None:
    scores = np.array([[1, 0, 0], [3, 2, 1]], dtype=np.float32)
    assert image_retrieval(scores, [0, 1]).median_rank == 1.5


def test_a_model_that_scores_everything_alike_finds_nothing() -> None:
    scores = np.zeros((20, 20))
    owner = np.arange(20)
    for measure in (image_retrieval, caption_retrieval):
        assert measure(scores, owner) == RetrievalScores(0.0, 0.0, 0.0, 20.0, 20)


def test_several_captions_of_an_image_do_not_substitute_each_others_way() -> None:
    scores = np.array([[3], [3], [2]], dtype=np.float64)
    assert caption_ranks(scores, [0, 0, 0]).tolist() == [0]


def test_an_image_without_a_caption_distracts_but_does_not_ask() -> None:
    scores = np.array([[0.1, 0.9], [0.2, 0.1]], dtype=np.float32)
    assert image_ranks(scores, [0, 0]).tolist() == [1, 0]
    assert caption_ranks(scores, [0, 0]).tolist() == [0]


def test_infinite_scores_are_ranked() -> None:
    scores = np.array([[-np.inf, 0.0], [np.inf, -np.inf]])
    assert image_ranks(scores, [0, 1]).tolist() == [1, 1]
    assert caption_ranks(scores, [0, 1]).tolist() == [1, 1]


@settings(deadline=None, max_examples=300)
@given(cases())
def test_image_ranks_agree_with_sorting(case: Case) -> None:
    scores, owner = case
    expected = []
    for caption, row in enumerate(scores):
        # Highest first; of equal scores the own image last.
        order = sorted(range(len(row)), key=lambda image: (-row[image], image == owner[caption]))
        expected.append(order.index(owner[caption]))
    assert image_ranks(scores, owner).tolist() == expected


@settings(deadline=None, max_examples=300)
@given(cases())
def test_caption_ranks_agree_with_sorting(case: Case) -> None:
    scores, owner = case
    expected = []
    for image in sorted(set(owner)):
        right = {caption for caption, own in enumerate(owner) if own == image}
        order = sorted(range(len(owner)), key=lambda c: (-scores[c, image], c in right))
        expected.append(next(rank for rank, caption in enumerate(order) if caption in right))
    assert caption_ranks(scores, owner).tolist() == expected


@pytest.mark.parametrize("ranks_of", [image_ranks, caption_ranks, image_retrieval, caption_retrieval])
@pytest.mark.parametrize(
    ("scores", "owner", "message"),
    [
        (np.zeros(3), [0, 1, 2], r"Scores of shape \(3,\) cannot be ranked"),
        (np.zeros((0, 3)), [], r"Scores of shape \(0, 3\) cannot be ranked"),
        (np.zeros((2, 3)), [0], r"Owners of shape \(1,\) and type int64 do not fit 2 captions"),
        (np.zeros((2, 3)), [0.0, 1.0], r"Owners of shape \(2,\) and type float64 do not fit 2 captions"),
        (np.zeros((2, 3)), [0, 3], "Caption 1 belongs to image 3, but there are 3 images"),
        (np.zeros((2, 3)), [-1, 0], "Caption 0 belongs to image -1, but there are 3 images"),
        (np.array([[0, 1], [0, np.nan]]), [0, 1], "The score of caption 1 and image 1 is not a number"),
    ],
)
def test_bad_input_is_refused(ranks_of: object, scores: object, owner: object, message: str) -> None:
    assert callable(ranks_of)
    with pytest.raises(MetricInputError, match=message):
        ranks_of(scores, owner)


def test_recall_needs_ranks_and_a_positive_k() -> None:
    with pytest.raises(MetricInputError, match="There are no ranks to take a recall of"):
        recall_at_k(np.array([], dtype=np.int64), 1)
    with pytest.raises(MetricInputError, match="Recall at 0 is not defined; k must be 1 or more"):
        recall_at_k(np.array([0]), 0)
