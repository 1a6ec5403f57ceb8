"""From a video to its moments: its frames are joined to shots, and the most telling one of each is described."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from captioning.describer import Describer
from captioning.outputs import Description
from captioning.videos.cuts import SHORTEST, divide
from captioning.videos.facts import VideoFacts
from captioning.videos.reader import SampledFrame, frames_between, read_facts, sampled_frames
from captioning.videos.shots import POSSIBLE, Shot, distances, find_shots

NEAR = 0.5
"""Seconds between two frames of which the middle is near enough to a cut between them."""

PART = 2.0
"""Seconds between two frames that differ for each of which another frame may be looked at."""

AFAR = 16
"""Pixels per side of frames that are only looked at for how they change."""

STEP = 0.1
"""Seconds between such frames: a cut is told within so much."""

TOGETHER = 8
"""Frames that are looked at at once; their pixels are the only ones that are held."""


@dataclass(frozen=True, slots=True, eq=False)
class DescribedMoment:
    """A shot of a video and what a model says of it.

    Attributes:
        start: Seconds from the video's first picture.
        end: Seconds; where the next moment starts.
        time: Of the frame that was described, in seconds.
        perceptual_hash: Of that frame.
        description: Of that frame.
    """

    start: float
    end: float
    time: float
    perceptual_hash: int
    description: Description


@dataclass(frozen=True, slots=True)
class TimedShot:
    """A shot of a video.

    Attributes:
        start: Seconds from the video's first picture.
        end: Seconds; where the next shot starts.
        time: Of its most telling frame, in seconds.
    """

    start: float
    end: float
    time: float


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """The N frames that were looked at, in order.

    Attributes:
        times: Shape (N,), float64.
        embeddings: Shape (N, D), float32.
        hashes: Shape (N,), int64.
        sharpness: Shape (N,), float64.
        brightness: Shape (N,), float64.
    """

    times: NDArray[np.float64]
    embeddings: NDArray[np.float32]
    hashes: NDArray[np.int64]
    sharpness: NDArray[np.float64]
    brightness: NDArray[np.float64]

    def with_further(self, further: _Frames) -> _Frames:
        """These and others, in order."""
        _, order = np.unique(np.concatenate([self.times, further.times]), return_index=True)
        parts = (
            (getattr(self, name), getattr(further, name))
            for name in ("times", "embeddings", "hashes", "sharpness", "brightness")
        )
        return _Frames(*(np.concatenate(part)[order] for part in parts))


def describe_video(
    path: str | bytes | os.PathLike[str],
    describer: Describer,
    *,
    facts: VideoFacts | None = None,
    seen: Callable[[float], None] = lambda seconds: None,
) -> list[DescribedMoment]:
    """Divides a video into moments and describes each.

    Args:
        path: Of the video.
        describer: Asked for the places of all frames that are looked at, and for the words of one in each moment.
        facts: Of the video, if they were read already.
        seen: Called with the seconds up to which the video was looked at, and again and again to the end of the work,
            which ends with what it raises.

    Returns:
        In order and without a gap, from the first picture to the end.

    Raises:
        UnreadableVideoError: The video cannot be read, or not within the bounds of time and memory.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
    """
    duration = (facts or read_facts(path)).duration
    shots = timed_shots(path, describer, duration=duration, seen=seen)
    chosen = iter(shots)
    moments = []
    for batch in _batches(_frames_at(path, [shot.time for shot in shots], side=describer.side)):
        seen(duration)
        descriptions = describer.describe(np.stack([frame.pixels for frame in batch]))
        for shot, frame, description in zip(islice(chosen, len(batch)), batch, descriptions, strict=True):
            moments.append(DescribedMoment(shot.start, shot.end, shot.time, frame.perceptual_hash, description))
    return moments


def timed_shots(
    path: str | bytes | os.PathLike[str],
    describer: Describer,
    *,
    duration: float,
    seen: Callable[[float], None] = lambda seconds: None,
) -> list[TimedShot]:
    """Divides a video into shots.

    Args:
        path: Of the video.
        describer: Asked for the places of the frames that are looked at.
        duration: Of the video in seconds.
        seen: Called with the seconds up to which the video was looked at; what it raises ends the work.

    Returns:
        In order and without a gap, from the first picture to the end.

    Raises:
        UnreadableVideoError: The video cannot be read, or not within the bounds of time and memory.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
    """
    frames = _looked_at(sampled_frames(path, side=describer.side), describer, seen=seen)
    cuts, between = _looked_between(path, frames, seen)
    if between:
        frames = frames.with_further(_looked_at(_frames_at(path, between, side=describer.side), describer))
    shots = find_shots(
        frames.times, frames.embeddings, frames.hashes, frames.sharpness, frames.brightness, duration=duration
    )
    exact = _cut_exactly(shots, frames.times, cuts)
    return [TimedShot(shot.start, shot.end, float(frames.times[shot.frame])) for shot in exact]


def _frames_at(path: str | bytes | os.PathLike[str], times: Iterable[float], *, side: int) -> Iterator[SampledFrame]:
    """The frames of these very times."""
    for time in times:
        frame, *_ = frames_between(path, time, time, side=side)
        yield frame


def _batches(frames: Iterable[SampledFrame]) -> Iterator[list[SampledFrame]]:
    frames = iter(frames)
    while batch := list(islice(frames, TOGETHER)):
        yield batch


def _looked_at(
    frames: Iterable[SampledFrame], describer: Describer, *, seen: Callable[[float], None] = lambda seconds: None
) -> _Frames:
    facts: list[tuple[float, int, float, float]] = []
    embeddings: list[NDArray[np.float32]] = []
    for batch in _batches(frames):
        embeddings.append(describer.embed(np.stack([frame.pixels for frame in batch])))
        facts += [(frame.time, frame.perceptual_hash, frame.sharpness, frame.brightness) for frame in batch]
        seen(facts[-1][0])
    times, hashes, sharpness, brightness = zip(*facts, strict=True)
    return _Frames(
        np.array(times, np.float64),
        np.concatenate(embeddings),
        np.array(hashes, np.int64),
        np.array(sharpness, np.float64),
        np.array(brightness, np.float64),
    )


def _looked_between(
    path: str | bytes | os.PathLike[str], frames: _Frames, seen: Callable[[float], None]
) -> tuple[list[tuple[float, float, float]], list[float]]:
    """Looks closer where neighbours differ and a cut may be anywhere between.

    Returns:
        Between which two times, that of a cut, if there is one; and the times of further frames to look at.
    """
    times = frames.times
    apart = distances(frames.embeddings[:-1], frames.embeddings[1:], frames.hashes[:-1], frames.hashes[1:])
    places = np.flatnonzero((apart >= POSSIBLE) & (np.diff(times) > NEAR))
    gaps = [(float(times[at]), float(times[at + 1])) for at in places]
    # A fade needs to be seen as a whole.
    ranges = [
        (max(0.0, start - SHORTEST), end + SHORTEST) if end - start < PART else (start, end) for start, end in gaps
    ]
    cuts: list[tuple[float, float, float]] = []
    between: list[float] = []
    for (start, end), (first, last) in zip(gaps, ranges, strict=True):
        seen(float(times[-1]))
        closer = list(frames_between(path, first, last, side=AFAR, apart=STEP))
        clock = np.array([frame.time for frame in closer])
        parts = 2 if end - start < PART else 1 + int((end - start) / PART)
        splits = divide(clock, np.stack([frame.pixels for frame in closer]), parts=parts)
        middles = [float(clock[np.abs(clock - (before + after) / 2).argmin()]) for before, after in pairwise(splits)]
        between += middles
        cuts += zip([start, *middles], [*middles, end], splits, strict=True) if splits else ()
    return cuts, between


def _cut_exactly(
    shots: Sequence[Shot], times: NDArray[np.float64], cuts: Sequence[tuple[float, float, float]]
) -> list[Shot]:
    """Shots that begin where the cuts were seen, as far as their frames allow; what lies within a fade is none."""
    exact = [shots[0]]
    for shot in shots[1:]:
        near = [cut for start, end, cut in cuts if start <= shot.start <= end]
        cut = min(near, key=lambda cut: abs(cut - shot.start), default=shot.start)
        before = exact.pop()
        if cut - before.start < SHORTEST / 2:
            exact.append(replace(shot, start=before.start))
            continue
        # The frame that stands for a shot is in it.
        start = float(np.clip(cut, np.nextafter(times[before.frame], np.inf), times[shot.frame]))
        exact += [replace(before, end=start), replace(shot, start=start)]
    return exact
