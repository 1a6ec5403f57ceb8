"""Tells whether a model that says it is 80 % sure is right 80 % of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from captioning.metrics.inputs import MetricInputError


@dataclass(frozen=True, slots=True)
class Reliability:
    """Answers sorted by confidence into M bins of equal width.

    Attributes:
        confidence: Shape (M,), float64: mean confidence in each bin, 0 where it is empty.
        accuracy: Shape (M,), float64: mean correctness in each bin, 0 where it is empty.
        count: Shape (M,), int64: answers in each bin.
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]

    @property
    def error(self) -> float:
        """The expected calibration error in [0, 1], as `expected_calibration_error` defines it."""
        gaps = np.abs(self.accuracy - self.confidence)
        return float((gaps * self.count).sum() / self.count.sum())


def reliability(confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> Reliability:
    """Sorts answers by confidence; arguments and errors are those of `expected_calibration_error`."""
    confidences = np.asarray(confidence, dtype=np.float64)
    outcomes = np.asarray(correct, dtype=np.float64)
    if confidences.ndim != 1 or confidences.shape != outcomes.shape or confidences.size == 0:
        raise MetricInputError(
            f"Confidences of shape {confidences.shape} and outcomes of shape {outcomes.shape} "
            "cannot be compared; give one outcome for each confidence."
        )
    for name, values in (("confidence", confidences), ("outcome", outcomes)):
        # Written so that a value that is not a number is outside, too.
        outside = np.flatnonzero(~((values >= 0) & (values <= 1)))
        if len(outside):
            raise MetricInputError(f"The {name} of answer {outside[0]} is {values[outside[0]]}; it must lie in [0, 1].")
    if bins < 1:
        raise MetricInputError(f"Confidences cannot be sorted into {bins} bins; give 1 or more.")
    inner_edges = np.arange(1, bins) / bins
    bin_of = np.searchsorted(inner_edges, confidences, side="left")
    count = np.bincount(bin_of, minlength=bins)
    filled = np.maximum(count, 1)
    return Reliability(
        np.bincount(bin_of, weights=confidences, minlength=bins) / filled,
        np.bincount(bin_of, weights=outcomes, minlength=bins) / filled,
        count,
    )


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> float:
    """Computes the expected calibration error.

    ``ECE = sum_m (|B_m| / n) * |acc(B_m) - conf(B_m)|``, where ``B_m`` holds the answers whose confidence
    lies in ``((m - 1) / bins, m / bins]``, and acc and conf are their mean correctness and mean confidence. A
    confidence of exactly 0 goes into the first bin.

    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, section 2,
    equation 3.

    Args:
        confidence: Shape (N,), float in [0, 1]: how sure the model was of each answer.
        correct: Shape (N,), bool, or float in [0, 1] where an answer can be partly right.
        bins: Number of bins of equal width.

    Returns:
        The error in [0, 1]; 0 is perfect.

    Raises:
        MetricInputError: Nothing to measure, shapes that differ, a value outside [0, 1], or no bin.
    """
    return reliability(confidence, correct, bins=bins).error
