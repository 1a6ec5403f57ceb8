from __future__ import annotations

import pytest

from captioning.metrics import KeywordScores, MetricInputError, keyword_scores


def test_counts_are_summed_over_images_before_dividing() -> None:
    scores = keyword_scores([["dog", "grass", "ball"], ["beach"], []], [["dog", "grass"], ["sea", "sand"], ["bus"]])
    # 2 hits, 4 proposed, 5 expected
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx((2 / 4, 2 / 5, 2 * 2 / 9))


def test_f1_is_the_harmonic_mean() -> None:
    scores = keyword_scores([["a", "b", "c"]], [["a"]])
    mean = 2 * scores.precision * scores.recall / (scores.precision + scores.recall)
    assert scores.f1 == pytest.approx(mean)


def test_order_and_repetition_do_not_matter() -> None:
    assert keyword_scores([["b", "a", "a"]], [{"a", "b"}]) == KeywordScores(1.0, 1.0, 1.0)


@pytest.mark.parametrize(("proposed", "expected"), [([[]], [["a"]]), ([["a"]], [[]]), ([[]], [[]])])
def test_a_share_of_nothing_is_zero(proposed: list[list[str]], expected: list[list[str]]) -> None:
    assert keyword_scores(proposed, expected) == KeywordScores(0.0, 0.0, 0.0)


def test_bad_input_is_refused() -> None:
    with pytest.raises(MetricInputError, match="There are no keywords to score"):
        keyword_scores([], [])
    with pytest.raises(MetricInputError, match="proposed for 1 images but expected for 2"):
        keyword_scores([["a"]], [["a"], ["b"]])
    with pytest.raises(MetricInputError, match="The keywords of image 1 are one string"):
        keyword_scores([["a"], "dog"], [["a"], ["dog"]])
