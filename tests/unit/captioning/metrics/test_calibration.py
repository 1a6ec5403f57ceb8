from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from captioning.metrics import MetricInputError, expected_calibration_error, reliability

# Hundredths meet the edges of 1, 2, 4, 5, 10 and 20 bins often.
answers = st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=40)


def test_hand_computed() -> None:
    # (0.5, 0.6]: confidence 0.55, right 1 of 2; (0.8, 0.9]: confidence 0.85, right 2 of 2.
    error = expected_calibration_error([0.52, 0.58, 0.82, 0.88], [True, False, True, True])
    assert error == pytest.approx(2 / 4 * 0.05 + 2 / 4 * 0.15)


def test_over_and_under_confidence_do_not_cancel_across_bins() -> None:
    assert expected_calibration_error([0.25, 0.75], [True, False]) == pytest.approx(0.75)
    assert expected_calibration_error([0.25, 0.75], [True, False], bins=1) == pytest.approx(0.0)


def test_an_edge_belongs_to_the_bin_below_it() -> None:
    # 0.3 shares (0.2, 0.3] with 0.25, where 0.55 of confidence stand against 1 right answer.
    assert expected_calibration_error([0.25, 0.3], [True, False]) == pytest.approx(0.45 / 2)
    # 0.3 and 0.35 lie apart.
    assert expected_calibration_error([0.3, 0.35], [True, False]) == pytest.approx((0.7 + 0.35) / 2)


def test_the_ends_are_counted() -> None:
    assert expected_calibration_error([0.0, 1.0], [False, True]) == 0.0
    assert expected_calibration_error([0.0, 1.0], [True, False]) == 1.0


def test_an_answer_can_be_partly_right() -> None:
    assert expected_calibration_error([0.75], [0.5]) == pytest.approx(0.25)


def test_calibrated_answers_come_close_to_zero() -> None:
    random = np.random.default_rng(0)
    confidence = random.random(200_000)
    assert expected_calibration_error(confidence, random.random(200_000) < confidence) < 0.005


@settings(deadline=None, max_examples=200)
@given(answers, st.sampled_from([1, 2, 4, 5, 10, 20]))
def test_agrees_with_the_formula(hundredths: list[tuple[int, bool]], bins: int) -> None:
    expected = 0.0
    for m in range(1, bins + 1):
        # In whole hundredths, where an edge is exact.
        inside = [
            (percent / 100, right)
            for percent, right in hundredths
            if (m - 1) * 100 < percent * bins <= m * 100 or (m == 1 and percent == 0)
        ]
        if inside:
            accuracy = sum(right for _, right in inside) / len(inside)
            confidence = sum(sure for sure, _ in inside) / len(inside)
            expected += len(inside) / len(hundredths) * abs(accuracy - confidence)
    measured = expected_calibration_error(
        [percent / 100 for percent, _ in hundredths], [right for _, right in hundredths], bins=bins
    )
    assert measured == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("confidence", "correct", "bins", "message"),
    [
        ([], [], 10, r"Confidences of shape \(0,\) and outcomes of shape \(0,\) cannot be compared"),
        ([0.5], [True, False], 10, r"Confidences of shape \(1,\) and outcomes of shape \(2,\) cannot be"),
        ([[0.5]], [[True]], 10, r"Confidences of shape \(1, 1\)"),
        ([0.5, 1.5], [True, True], 10, r"The confidence of answer 1 is 1.5; it must lie in \[0, 1\]"),
        ([0.5, np.nan], [True, True], 10, "The confidence of answer 1 is nan"),
        ([0.5], [2], 10, "The outcome of answer 0 is 2.0"),
        ([0.5], [True], 0, "Confidences cannot be sorted into 0 bins; give 1 or more."),
    ],
)
def test_bad_input_is_refused(confidence: ArrayLike, correct: ArrayLike, bins: int, message: str) -> None:
    with pytest.raises(MetricInputError, match=message):
        expected_calibration_error(confidence, correct, bins=bins)


def test_bins_tell_confidence_accuracy_and_count() -> None:
    diagram = reliability([0.1, 0.3, 0.9, 0.7], [False, True, True, False], bins=2)
    assert diagram.count.tolist() == [2, 2]
    assert diagram.confidence == pytest.approx([0.2, 0.8])
    assert diagram.accuracy == pytest.approx([0.5, 0.5])
    assert diagram.error == pytest.approx(0.3)
    empty = reliability([0.9], [True], bins=2)
    assert (empty.count.tolist(), empty.confidence.tolist(), empty.accuracy[0]) == ([0, 1], [0.0, 0.9], 0.0)
