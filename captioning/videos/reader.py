"""Reads videos: what they say of themselves, and their frames as people see them, decoded in another process."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from captioning.apart.process import ApartProcess, IdleProcesses
from captioning.apart.program import Part
from captioning.errors import UnreadableVideoError
from captioning.videos.facts import VideoFacts
from captioning.videos.limits import SECONDS, TOO_SLOW

_idle = IdleProcesses(partial(ApartProcess, "captioning.videos.apart", error=UnreadableVideoError, too_slow=TOO_SLOW))


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """A frame of a video that is looked at.

    Attributes:
        time: Seconds from the first frame.
        key: Whether it is a key frame.
        pixels: RGB as the network takes it, shape (side, side, 3), uint8.
        perceptual_hash: As `captioning.images.difference_hash` gives it.
        sharpness: 0 for one colour, more for finer detail.
        brightness: 0 for black, 1 for white.
    """

    time: float
    key: bool
    pixels: NDArray[np.uint8]
    perceptual_hash: int
    sharpness: float
    brightness: float


def read_facts(path: str | bytes | os.PathLike[str]) -> VideoFacts:
    """Reads what a video says of itself, and decodes its first frame.

    Raises:
        UnreadableVideoError: The file is missing, no regular file, empty, no video that can be decoded, encrypted,
            without pictures, damaged, was changed meanwhile, or takes too much memory or time.
    """
    [(facts, _)] = _asked(path, wanted="facts")
    facts.pop("bytes")
    moment = facts.pop("recorded_at")
    return VideoFacts(recorded_at=datetime.fromisoformat(moment) if moment else None, **facts)


def sampled_frames(path: str | bytes | os.PathLike[str], *, side: int) -> Generator[SampledFrame, None, None]:
    """Decodes the frames of a video that are looked at.

    They are its key frames, and others where key frames are far apart, so that no ten seconds go unseen; at least a
    second lies between two. Who closes the iterator early ends the work.

    Args:
        path: Of the video.
        side: Pixels per side of the squares.

    Yields:
        At least one frame, as time goes on.

    Raises:
        UnreadableVideoError: As `read_facts` raises it; frames may have been given before.
    """
    yield from (_sampled(part, side) for part in _asked(path, wanted="samples", side=side))


def frames_between(
    path: str | bytes | os.PathLike[str], start: float, end: float, *, side: int, apart: float = 0.0
) -> Generator[SampledFrame, None, None]:
    """Decodes the frames of a video from a time to another one, in seconds, both included.

    Args:
        path: Of the video.
        start: Seconds from the first frame.
        end: Likewise.
        side: Pixels per side of the squares.
        apart: Seconds that lie at least between two frames but the last; every frame is decoded for none, else those
            alone that others refer to.

    Yields:
        At least one frame, as time goes on.

    Raises:
        UnreadableVideoError: As `read_facts` raises it, or there is no frame in that time.
    """
    answers = _asked(path, wanted="between", side=side, start=start, end=end, apart=apart)
    yield from (_sampled(part, side) for part in answers)


def read_frame(path: str | bytes | os.PathLike[str], time: float, *, side: int | None = None) -> Image.Image:
    """Decodes the frame of a video that is shown at a time, upright, with square pixels.

    Args:
        path: Of the video.
        time: Seconds from the first frame; behind the end, the last frame is shown.
        side: The most pixels of either side; as many as the frame has, without it.

    Returns:
        RGB.

    Raises:
        UnreadableVideoError: As `read_facts` raises it.
    """
    [(head, pixels)] = _asked(path, wanted="picture", time=time, side=side)
    return Image.frombytes("RGB", head["size"], pixels)


def _asked(path: str | bytes | os.PathLike[str], **request: object) -> Iterator[Part]:
    with _idle.lent() as process:
        yield from process.ask(Path(os.fsdecode(path)), seconds=SECONDS, **request)


def _sampled(part: Part, side: int) -> SampledFrame:
    head, pixels = part
    head.pop("bytes")
    return SampledFrame(pixels=np.frombuffer(bytearray(pixels), np.uint8).reshape(side, side, 3), **head)
