"""Films are read as a player shows them, whatever codec, container, turn, pixel shape, clock or range they have."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from captioning.images import difference_hash
from captioning.videos import VideoFacts, frames_between, read_facts, read_frame, sampled_frames
from tests.conftest import MakeOnce
from tests.films import Picture, make_film, pan, sample_photographs

FILMS: dict[str, dict[str, Any]] = {
    "a.mp4": {},
    "b.mp4": {"sound": True, "gop": 10},
    "turned.mov": {"rotation": 90},
    "turned and mirrored.mkv": {"rotation": 270, "mirrored": True, "sound": True},
    "upside down.mp4": {"rotation": 180},
    "a.webm": {"codec": "libvpx-vp9", "sound": True},
    "a.avi": {"codec": "mpeg4", "sound": True},
    "a.3gp": {"codec": "mpeg4"},
    "a.mts": {"sound": True},
    "a.mpg": {"codec": "mpeg2video", "fps": 25, "sound": True},
    "a.wmv": {"codec": "wmv2", "sound": True},
    "hevc.mp4": {"codec": "libx265"},
    "pq.mp4": {"codec": "libx265", "hdr": "pq"},
    "hlg.mp4": {"codec": "libx265", "hdr": "hlg"},
    "av1.mp4": {"codec": "libsvtav1"},
    "ten bits.mp4": {"pixel_format": "yuv420p10le"},
    "interlaced.mp4": {"interlaced": True},
    "late.mkv": {"start": 100.0},
    "early.mkv": {"start": -0.5},
}

HEAVY = {"hlg.mp4": 18.0, "interlaced.mp4": 12.0, "pq.mp4": 12.0}
"""How far, in levels of 255, the pictures of some may be from what was drawn; those of others are within 6."""


@pytest.fixture(scope="module")
def china() -> Image.Image:
    return sample_photographs()["china"].resize((64, 48))


@pytest.fixture(scope="module")
def folder(make_once: MakeOnce, china: Image.Image) -> Path:
    """Films of a second of red, two of a photograph, and one of a pan over another."""

    def fill(folder: Path) -> None:
        flower = pan(sample_photographs()["flower"])
        for name, look in FILMS.items():
            make_film(folder / name, [("red", 1), (china, 2), (flower, 1)], **look)

    return make_once("films of all kinds", fill)


def distance(picture: Image.Image, drawn: Image.Image) -> float:
    """The mean difference of two pictures of one size, in levels of 255."""
    return float(np.abs(np.asarray(picture, np.float32) - np.asarray(drawn, np.float32)).mean())


@pytest.mark.parametrize("name", FILMS)
def test_the_frame_of_a_time_is_what_was_drawn(folder: Path, china: Image.Image, name: str) -> None:
    picture = read_frame(folder / name, 2.5)
    assert picture.size == (64, 48)
    assert distance(picture, china) < HEAVY.get(name, 6.0)
    for time in (0.0, 0.5, 0.9):
        red, green, blue = np.asarray(read_frame(folder / name, time)).reshape(-1, 3).mean(0)
        assert red > 240
        assert max(green, blue) < 15
    # The first frame of the next scene, at its very time; and the last frame, for any time behind the end.
    assert distance(read_frame(folder / name, 1.0), china) < HEAVY.get(name, 6.0)
    assert read_frame(folder / name, 3.98).tobytes() == read_frame(folder / name, 99.0).tobytes()


@pytest.mark.parametrize("name", FILMS)
def test_frames_are_sampled_as_time_goes_on_and_no_more_often_than_each_second(
    folder: Path, china: Image.Image, name: str
) -> None:
    frames = list(sampled_frames(folder / name, side=32))
    times = [frame.time for frame in frames]
    assert times[0] == 0.0
    assert all(later - earlier >= 0.999 for earlier, later in pairwise(times))
    assert all(frame.pixels.shape == (32, 32, 3) and frame.pixels.dtype == np.uint8 for frame in frames)
    shown = [frame for frame in frames if 1.0 <= frame.time < 3.0]
    assert shown
    for frame in shown:
        assert distance(Image.fromarray(frame.pixels), china.resize((32, 32))) < HEAVY.get(name, 6.0)
        assert frame.perceptual_hash == difference_hash(frame.pixels)
        assert frame.sharpness > 100 > frames[0].sharpness
        assert frame.brightness == pytest.approx(0.56, abs=0.07)


@pytest.mark.parametrize("name", FILMS)
def test_facts_are_those_of_what_is_shown(folder: Path, name: str) -> None:
    facts = read_facts(folder / name)
    assert (facts.width, facts.height) == (64, 48)
    assert facts.duration == pytest.approx(4.0, abs=0.1)
    assert facts.format == Path(name).suffix[1:].upper()
    assert facts.has_audio == FILMS[name].get("sound", False)
    assert facts.camera is None
    assert facts.recorded_at is None
    assert facts.content_identifier == ""


def test_every_frame_between_two_times_is_given(folder: Path) -> None:
    for name in ("a.mp4", "a.mts", "late.mkv", "a.avi"):
        times = [frame.time for frame in frames_between(folder / name, 0.75, 1.1, side=8)]
        assert times == pytest.approx([0.8, 0.9, 1.0, 1.1])


def test_odd_pixels_are_made_square(tmp_path: Path, china: Image.Image) -> None:
    for aspect, size in ((Fraction(4, 3), (85, 48)), (Fraction(3, 4), (64, 64)), (Fraction(99), (64, 48))):
        film = make_film(tmp_path / "odd.mp4", [(china, 0.5)], pixel_aspect=aspect)
        facts = read_facts(film)
        assert (facts.width, facts.height) == read_frame(film, 0.0).size == size


def test_a_frame_is_no_larger_than_asked_for(folder: Path) -> None:
    assert read_frame(folder / "turned.mov", 0.0, side=32).size == (32, 24)
    assert read_frame(folder / "a.mp4", 0.0, side=1000).size == (64, 48)


def test_where_key_frames_are_far_apart_others_are_decoded(tmp_path: Path, china: Image.Image) -> None:
    scenes: list[tuple[Picture, float]] = [("red", 12.0), (china, 12.0), ("blue", 3.0)]
    film = make_film(tmp_path / "long.mp4", scenes, fps=5, gop=1000, key_frames_at_cuts=False)
    frames = list(sampled_frames(film, side=8))
    assert [frame.key for frame in frames] == [True] + [False] * (len(frames) - 1)
    assert all(later.time - earlier.time <= 10.0 for earlier, later in pairwise(frames))
    assert 27.0 - frames[-1].time <= 10.0
    close = make_film(tmp_path / "close.mp4", scenes, fps=5, gop=10, key_frames_at_cuts=False)
    frames = list(sampled_frames(close, side=8))
    assert all(frame.key for frame in frames)
    assert [frame.time for frame in frames] == pytest.approx(list(range(0, 27, 2)))
    # Every frame is a key frame, and one a second is taken.
    every = make_film(tmp_path / "every.avi", scenes, fps=5, codec="mjpeg", pixel_format="yuvj420p")
    assert [frame.time for frame in sampled_frames(every, side=8)] == pytest.approx(list(range(27)))


def test_frames_that_do_not_follow_evenly_have_their_own_times(tmp_path: Path, china: Image.Image) -> None:
    film = make_film(
        tmp_path / "a.mkv", [("red", 2.0), (china, 2.0)], times=lambda number: number**2 / 100, gop=1, fps=10
    )
    assert read_facts(film).duration == pytest.approx(39**2 / 100, abs=0.5)
    assert distance(read_frame(film, 4.0), china) < 6.0
    assert np.asarray(read_frame(film, 3.9))[20, 20, 0] > 240
    assert all(
        any(frame.time == pytest.approx(number**2 / 100, abs=0.002) for number in range(40))
        for frame in sampled_frames(film, side=8)
    )


def test_it_says_when_and_with_what_it_was_recorded(tmp_path: Path) -> None:
    words = {
        "creation_time": "2024-05-06T07:08:09Z",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 15",
        "com.apple.quicktime.content.identifier": "4A1B",
    }
    options = {"movflags": "use_metadata_tags"}
    film = make_film(tmp_path / "a.mov", [("red", 0.2)], metadata=words, container_options=options)
    here = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC).astimezone().replace(tzinfo=None)
    facts = read_facts(film)
    assert facts == VideoFacts(64, 48, facts.duration, "MOV", here, "Apple iPhone 15", "4A1B", False)
    words |= {"com.apple.quicktime.creationdate": "2024-05-06T09:08:09+0200"}
    film = make_film(tmp_path / "a.mov", [("red", 0.2)], metadata=words, container_options=options)
    assert read_facts(film).recorded_at == datetime(2024, 5, 6, 9, 8, 9)
    film = make_film(tmp_path / "b.mov", [("red", 0.2)], metadata={"creation_time": "1970-01-01T00:00:00Z"})
    assert read_facts(film).recorded_at is None
