"""Finds cuts between two frames, in what the frames between them look like from afar.

Axis legend: N frames, S pixels per side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SHORTEST = 1.0
"""Seconds of a part; shorter ones are not told apart."""

LEAST_GAIN = 0.05
"""A part is divided no further where less of the whole's squared error falls away."""

_ROUNDING = 1e-6


def divide(times: NDArray[np.float64], pixels: NDArray[np.uint8], *, parts: int) -> list[float]:
    """Divides frames into parts that look as steady as can be: cuts are found where they are, of fades the middle.

    Each part in turn is divided in two, the one first that gains the most: binary segmentation, after Scott and Knott,
    "A cluster analysis method for grouping means" (1974). The first and the last frame stand for what lies beyond.

    Args:
        times: Shape (N,), float64: seconds, ascending.
        pixels: Shape (N, S, S, 3), uint8: the frames, much smaller than they were.
        parts: How many at most.

    Returns:
        When each part but the first begins, in seconds and in order; fewer than may be where no more gains anything.
    """
    if len(times) < 2:
        return []
    looks = pixels.reshape(len(pixels), -1).astype(np.float64) / 255
    sizes = np.ones(len(times))
    sizes[[0, -1]] = max(1.0, SHORTEST / float(np.median(np.diff(times))))
    whole = _Sums(times, _running(sizes), _running(looks * sizes[:, None]))
    mean = whole.looks[-1] / whole.sizes[-1]
    error = float((((looks - mean) ** 2).sum(1) * sizes).sum())
    edges = [0, len(times)]
    while len(edges) <= parts:
        gain, place = max(whole.best_split(first, end) for first, end in pairwise(edges))
        if gain <= LEAST_GAIN * error + _ROUNDING:
            break
        edges = sorted([*edges, place])
    return [float(times[place]) for place in edges[1:-1]]


def _running(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros((1, *values.shape[1:])), values.cumsum(0)])


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Of N frames.

    Attributes:
        times: Shape (N,), float64.
        sizes: Shape (N + 1,), float64: how much the frames before each count.
        looks: Shape (N + 1, 3 S²), float64: the sum of those frames' pixels.
    """

    times: NDArray[np.float64]
    sizes: NDArray[np.float64]
    looks: NDArray[np.float64]

    def best_split(self, first: int, end: int) -> tuple[float, int]:
        """How much squared error falls away where a part is divided best, and before which frame that is."""
        places = np.arange(first + 1, end)
        # What begins or ends with all of the frames may go on beyond them.
        left_is_long = (self.times[places - 1] - self.times[first] >= SHORTEST) | (first == 0)
        right_is_long = (self.times[end - 1] - self.times[places] >= SHORTEST) | (end == len(self.times))
        places = places[left_is_long & right_is_long]
        if not len(places):
            return 0.0, 0
        left, right = self.sizes[places] - self.sizes[first], self.sizes[end] - self.sizes[places]
        before = (self.looks[places] - self.looks[first]) / left[:, None]
        after = (self.looks[end] - self.looks[places]) / right[:, None]
        gains = ((before - after) ** 2).sum(1) * left * right / (left + right)
        best = int(gains.argmax())
        return float(gains[best]), int(places[best])
