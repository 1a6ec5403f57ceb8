"""Tells whether a model that says it is 80 % sure is right 80 % of the time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from captioning.metrics.inputs import MetricInputError


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
    # The size of a bin cancels: |B| * |mean - mean| is the absolute difference of the sums.
    gaps = np.bincount(bin_of, weights=outcomes - confidences, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidences))
