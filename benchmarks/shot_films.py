"""Films with cuts at known times, made of photographs by a seed: cuts, fades, pans, zooms and unsteady hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.films import Picture, fade, make_film

SIZE = (256, 192)
SHORTEST, LONGEST = 3.0, 9.0
"""Seconds of a scene."""

STORES: tuple[tuple[str, dict[str, Any]], ...] = (
    (".mp4", {"codec": "libx264", "fps": 24, "gop": 24, "key_frames_at_cuts": False}),  # as telephones do
    (".mp4", {"codec": "libx264", "fps": 25, "gop": 250}),  # as x264 does unless told else
    (".mkv", {"codec": "libx264", "fps": 25, "gop": 100, "key_frames_at_cuts": False}),  # as for streams
    (".mp4", {"codec": "mpeg4", "fps": 15, "gop": 12}),
    (".avi", {"codec": "mjpeg", "fps": 12, "gop": 1, "pixel_format": "yuvj420p"}),  # as old cameras do
)


@dataclass(frozen=True, slots=True)
class CutFilm:
    """A film and what is in it.

    Attributes:
        path: Of the film.
        cuts: When one scene gives way to the next, in seconds; of a fade the middle.
        duration: Seconds.
    """

    path: Path
    cuts: tuple[float, ...]
    duration: float


def make_cut_film(folder: Path, seed: int, photographs: Sequence[Image.Image], *, scenes: int = 6) -> CutFilm:
    """Makes a film of some of the photographs; the same seed makes the same one.

    Args:
        folder: Where it is put.
        seed: Of everything that is drawn by chance.
        photographs: At least three.
        scenes: How many follow each other.
    """
    chance = np.random.default_rng(seed)
    suffix, look = STORES[seed % len(STORES)]
    cameras = [_camera(photographs[number], chance) for number in _order(len(photographs), scenes, chance)]
    parts: list[tuple[Picture, float, bool]] = []
    for number, camera in enumerate(cameras):
        parts.append((camera, _seconds(chance, SHORTEST, LONGEST), False))
        if number + 1 < scenes:
            parts += _transition(camera, cameras[number + 1], chance)
    frames = [round(seconds * look["fps"]) for _, seconds, _ in parts]
    ends = [0, *accumulate(frames)]
    cuts = [(ends[at] + ends[at + 1]) / 2 / look["fps"] for at, (_, _, is_cut) in enumerate(parts) if is_cut]
    path = make_film(
        folder / f"{seed:03}{suffix}",
        [(picture, count / look["fps"]) for (picture, _, _), count in zip(parts, frames, strict=True) if count],
        size=SIZE,
        **look,
    )
    return CutFilm(path, tuple(cuts), ends[-1] / look["fps"])


def _order(count: int, scenes: int, chance: np.random.Generator) -> list[int]:
    """Which photograph is in which scene: never one twice in a row, but one may come again later."""
    order: list[int] = []
    while len(order) < scenes:
        number = int(chance.integers(count))
        if not order or order[-1] != number:
            order.append(number)
    return order


def _seconds(chance: np.random.Generator, least: float, most: float) -> float:
    return float(chance.uniform(least, most))


def _camera(photograph: Image.Image, chance: np.random.Generator) -> Callable[[float], Image.Image]:
    """Looks at a photograph: steady, by hand, going over it, or closing in."""
    width, height = SIZE
    wide = photograph.resize((2 * width, 2 * height))
    begin, end = chance.uniform(0, 1, (2, 2))
    kind = chance.integers(4)
    shake = chance.normal(0, 3, (64, 2)).cumsum(0).clip(-12, 12) if kind == 1 else np.zeros((64, 2))

    def draw(share: float) -> Image.Image:
        if kind == 2:  # half of the photograph, going to another part of it
            x, y = (begin + share * (end - begin)) * (width, height) * 0.8
            return wide.crop(
                (round(x), round(y), round(x) + round(1.2 * width), round(y) + round(1.2 * height))
            ).resize(SIZE)
        scale = 1 - 0.4 * share if kind == 3 else 0.9
        x, y = np.array(SIZE) * (1 - scale) + shake[int(share * 63)]
        box = (x, y, x + 2 * scale * width, y + 2 * scale * height)
        return wide.resize(SIZE, Image.Resampling.BILINEAR, box=_within(box, wide.size))

    return draw


def _within(box: tuple[float, ...], size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), min(float(size[0]), right), min(float(size[1]), bottom)


def _transition(
    before: Callable[[float], Image.Image], after: Callable[[float], Image.Image], chance: np.random.Generator
) -> list[tuple[Picture, float, bool]]:
    """A cut, one picture giving way to the next, or both to black; the part whose middle is the cut is marked."""
    last, first = before(1.0), after(0.0)
    black = Image.new("RGB", SIZE)
    length = _seconds(chance, 0.5, 1.5)
    match int(chance.choice(3, p=(0.6, 0.25, 0.15))):
        case 0:
            return [(first, 0.0, True)]
        case 1:
            return [(fade(last, first), length, True)]
        case _:
            return [(fade(last, black), length / 2, False), (first, 0.0, True), (fade(black, first), length / 2, False)]
