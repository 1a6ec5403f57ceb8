"""Frames are joined to shots by how far apart they are, whatever flashes, darkens or drifts within one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.videos.cuts import divide
from captioning.videos.shots import LAST, MOST_PER_MINUTE, Shot, distances, find_shots


def vectors(*angles: float) -> NDArray[np.float32]:
    """Unit vectors in a plane, at angles in degrees."""
    turns = np.radians(angles)
    return np.stack([np.cos(turns), np.sin(turns)], 1).astype(np.float32)


def shots(
    *angles: float,
    times: list[float] | None = None,
    sharpness: list[float] | None = None,
    brightness: list[float] | None = None,
    hashes: list[int] | None = None,
    duration: float = 60.0,
) -> list[Shot]:
    count = len(angles)
    return find_shots(
        np.array(times or np.arange(count), np.float64),
        vectors(*angles),
        np.array(hashes or [0] * count, np.int64),
        np.array(sharpness or [1.0] * count),
        np.array(brightness or [0.5] * count),
        duration=duration,
    )


def test_a_cut_lies_in_the_middle_between_frames_far_apart() -> None:
    assert shots(0, 0, 0, 90, 90, duration=5.0) == [Shot(0.0, 2.5, 0), Shot(2.5, 5.0, 3)]


def test_a_pan_is_no_cut_however_far_it_goes() -> None:
    assert [shot.start for shot in shots(0, 30, 60, 90, 120)] == [0.0]


def test_between_certain_and_none_what_lies_around_decides() -> None:
    doubtful = 58  # degrees, 0.47 apart
    assert len(shots(0, 0, 0, doubtful, doubtful, doubtful)) == 1
    assert len(shots(-20, -20, 0, doubtful, doubtful + 20, doubtful + 20)) == 2


def test_hashes_count_too() -> None:
    every_bit, half = -1, 0x5555555555555555
    assert len(shots(0, 0, 0, 0, hashes=[0, 0, every_bit, every_bit])) == 2
    assert len(shots(0, 0, 0, 0, hashes=[0, 0, half, half])) == 1
    assert distances(vectors(0), vectors(90), np.array([0]), np.array([every_bit])) == pytest.approx(1.5)


def test_a_flash_is_no_shot_but_a_longer_one_between_two_alike_is() -> None:
    assert len(shots(0, 0, 90, 0, 0)) == 1
    assert [shot.start for shot in shots(0, 0, 90, 90, 0, 0)] == [0.0, 1.5, 3.5]


def test_black_between_two_shots_belongs_to_neither() -> None:
    bright, black = 0.5, 0.01
    found = shots(0, 0, 45, 45, 90, 90, brightness=[bright, bright, black, black, bright, bright], duration=6.0)
    assert found == [Shot(0.0, 2.5, 0), Shot(2.5, 6.0, 4)]
    assert len(shots(0, 0, brightness=[0.0, 0.0])) == 1


def test_the_most_telling_frame_is_near_the_mean_and_sharp() -> None:
    assert shots(0, 10, 20)[0].frame == 1
    assert shots(0, 10, 20, sharpness=[1.0, 0.1, 1.0])[0].frame in (0, 2)
    assert shots(0, 10, 20, brightness=[0.5, 0.0, 0.5])[0].frame != 1


def test_the_weakest_cuts_go_where_there_are_too_many() -> None:
    turns = [90.0 * n + (45 if n > 40 else 0) for n in range(60)]
    found = shots(*turns, times=[0.9 * n for n in range(60)], duration=54.0)
    assert len(found) == MOST_PER_MINUTE * 54 / 60
    assert 40.5 * 0.9 in [shot.start for shot in found]


@pytest.mark.parametrize("duration", [0.0, 5.0])
def test_one_frame_is_one_shot(duration: float) -> None:
    [shot] = shots(0, duration=duration)
    assert (shot.start, shot.frame) == (0.0, 0)
    assert shot.end == max(duration, LAST)


def looks(*scenes: tuple[int, float]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Times and pixels of scenes, each of a grey and so many seconds, ten frames a second."""
    greys = np.concatenate([np.full(round(seconds * 10), grey, np.uint8) for grey, seconds in scenes])
    return np.arange(len(greys)) / 10, np.tile(greys[:, None, None, None], (1, 4, 4, 3))


def test_cuts_are_found_where_they_are() -> None:
    assert divide(*looks((10, 2.0), (200, 3.0)), parts=2) == [pytest.approx(2.0)]
    assert divide(*looks((10, 2.0), (200, 3.0), (90, 2.0)), parts=4) == [pytest.approx(2.0), pytest.approx(5.0)]


def test_a_cut_at_the_last_frame_is_found() -> None:
    assert divide(*looks((10, 4.0), (200, 0.1)), parts=3) == [pytest.approx(4.0)]


def test_of_a_fade_the_middle_is_found() -> None:
    fade = [(10 + 19 * step, 0.1) for step in range(10)]
    [cut] = divide(*looks((10, 2.0), *fade, (200, 2.0)), parts=2)
    assert cut == pytest.approx(2.5, abs=0.11)


@pytest.mark.parametrize("scenes", [[(10, 5.0)], [(10, 0.1)]])
def test_where_nothing_changes_nothing_is_divided(scenes: list[tuple[int, float]]) -> None:
    assert divide(*looks(*scenes), parts=3) == []
