"""Joins a film's frames to shots, by how far apart they lie in the joint space and by their perceptual hashes.

Axis legend: N frames, D joint size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HASH_WEIGHT = 0.5
"""What hashes that differ in every bit count beside vectors at a right angle."""

CERTAIN = 0.5
"""Frames that lie so far apart are of two shots."""

POSSIBLE = 0.45
"""Frames that lie so far apart are, if what comes before and after them is as far apart as two shots are."""

NEIGHBOURS = 3
"""Frames on either side that then speak for what comes before and after."""

FLASH = 2.5
"""A frame between two that are alike, no more seconds apart, is a flash or somebody passing, and no shot."""

DARK = 0.03
"""Brightness of frames in which nothing can be seen."""

LAST = 0.04
"""Seconds that the last frame is shown for, where nothing says how long."""

MOST_PER_MINUTE = 20

_BLURRED = 0.5
"""A frame of less than so much of its shot's median sharpness does not stand for the shot, if another can."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What one camera took without a break.

    Attributes:
        start: Seconds.
        end: Seconds; where the next one starts.
        frame: The number of the frame that tells most about it.
    """

    start: float
    end: float
    frame: int


def find_shots(
    times: NDArray[np.float64],
    embeddings: NDArray[np.float32],
    hashes: NDArray[np.int64],
    sharpness: NDArray[np.float64],
    brightness: NDArray[np.float64],
    *,
    duration: float,
) -> list[Shot]:
    """Divides a film into shots, which follow each other without a gap.

    Args:
        times: Shape (N,), float64: seconds, ascending; at least one.
        embeddings: Shape (N, D), float32, unit vectors of the joint space.
        hashes: Shape (N,), int64: as `difference_hash` gives them.
        sharpness: Shape (N,), float64, not negative: the greater the sharper.
        brightness: Shape (N,), float64, in [0, 1].
        duration: Of the film in seconds; should it say too little, it ends after the last frame.

    Returns:
        In order; a cut lies in the middle between the frames on its two sides. At most `MOST_PER_MINUTE`: the weakest
        cuts go first.
    """
    lit = np.flatnonzero(brightness >= DARK)
    if not len(lit):
        lit = np.arange(len(times))
    lit = lit[~_is_flash(times[lit], embeddings[lit], hashes[lit])]
    strengths = _cut_strengths(embeddings[lit], hashes[lit])
    end = max(duration, float(times[-1]) + LAST)
    most = max(1, round(MOST_PER_MINUTE * end / 60))
    strongest = np.argsort(-strengths, kind="stable")[: most - 1]
    cuts = np.sort(strongest[strengths[strongest] > 0])
    bounds = [0.0, *((times[lit[cuts]] + times[lit[cuts + 1]]) / 2).tolist(), end]
    frames = np.split(lit, cuts + 1)
    return [
        Shot(start, end, _most_telling(shown, embeddings, sharpness))
        for start, end, shown in zip(bounds[:-1], bounds[1:], frames, strict=True)
    ]


def distances(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    hashes_before: NDArray[np.int64],
    hashes_after: NDArray[np.int64],
) -> NDArray[np.float64]:
    """How far frames lie from others, pair by pair.

    Args:
        before: Shape (N, D), float32, unit vectors.
        after: Shape (N, D), float32, unit vectors.
        hashes_before: Shape (N,), int64.
        hashes_after: Shape (N,), int64.

    Returns:
        Shape (N,), float64, in [0, 2.5]: one less the cosine, and `HASH_WEIGHT` of the share of bits that differ.
    """
    cosines = np.einsum("nd,nd->n", before, after).astype(np.float64)
    bits = np.bitwise_count((hashes_before ^ hashes_after).view(np.uint64))
    apart: NDArray[np.float64] = 1 - cosines + HASH_WEIGHT * bits / 64
    return apart


def _is_flash(
    times: NDArray[np.float64], embeddings: NDArray[np.float32], hashes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    flash = np.zeros(len(times), np.bool_)
    if len(times) > 2:
        step = distances(embeddings[:-1], embeddings[1:], hashes[:-1], hashes[1:])
        across = distances(embeddings[:-2], embeddings[2:], hashes[:-2], hashes[2:])
        flash[1:-1] = (across < POSSIBLE) & (np.minimum(step[:-1], step[1:]) >= POSSIBLE)
        flash[1:-1] &= times[2:] - times[:-2] <= FLASH
    return flash


def _cut_strengths(embeddings: NDArray[np.float32], hashes: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each frame but the last how sure it is that a cut follows, zero for none."""
    steps = distances(embeddings[:-1], embeddings[1:], hashes[:-1], hashes[1:])
    strengths = np.where(steps >= CERTAIN, steps, 0.0)
    for at in np.flatnonzero((steps >= POSSIBLE) & (steps < CERTAIN)):
        before = _mean(embeddings[max(0, at + 1 - NEIGHBOURS) : at + 1])
        after = _mean(embeddings[at + 1 : at + 1 + NEIGHBOURS])
        apart = distances(before, after, hashes[[at]], hashes[[at + 1]])[0]
        strengths[at] = apart if apart >= CERTAIN else 0.0
    return strengths


def _mean(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = embeddings.mean(0, keepdims=True)
    unit: NDArray[np.float32] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return unit


def _most_telling(shown: NDArray[np.intp], embeddings: NDArray[np.float32], sharpness: NDArray[np.float64]) -> int:
    """The frame nearest to the mean of its shot, among those that are not blurred."""
    sharp = sharpness[shown] >= _BLURRED * np.median(sharpness[shown])
    nearness = embeddings[shown] @ _mean(embeddings[shown])[0]
    return int(shown[np.where(sharp, nearness, -np.inf).argmax()])
