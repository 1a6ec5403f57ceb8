"""A video becomes moments that begin where its scenes do, each described by a frame of its own."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchmarks.shot_films import make_cut_film
from benchmarks.shots import cuts_told, hits
from captioning.errors import UnreadableVideoError
from captioning.lazy_captioner import LazyCaptioner
from captioning.outputs import Caption, Description
from captioning.videos.description import DescribedMoment, describe_video
from tests.films import Picture, fade, make_film, sample_photographs


class ColourDescriber:
    """Places a picture by its colour, and says which one it is."""

    side = 32

    def __init__(self) -> None:
        self.described = 0

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The picture's mean colour beside a grey one, as unit vectors (B, 3)."""
        places = pixels.mean((1, 2)) - 127.5
        unit: NDArray[np.float32] = (places / np.linalg.norm(places, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def describe(self, pixels: NDArray[np.uint8]) -> list[Description]:
        """Says the strongest colour."""
        self.described += len(pixels)
        words = [("red", "green", "blue")[int(picture.mean((0, 1)).argmax())] for picture in pixels]
        places = self.embed(pixels)
        return [Description(Caption(word, 1.0), (), place, place) for word, place in zip(words, places, strict=True)]


def colours() -> Any:
    return ColourDescriber()


def check_gapless(moments: list[DescribedMoment], duration: float) -> None:
    assert moments[0].start == 0.0
    assert moments[-1].end == pytest.approx(duration, abs=0.1)
    for before, after in pairwise(moments):
        assert before.end == after.start
    assert all(moment.start <= moment.time < moment.end for moment in moments)


SCENES: list[tuple[Picture, float]] = [("#d01010", 4.0), ("#10d010", 12.5), ("#1010d0", 3.0), ("#d01010", 8.0)]


@pytest.mark.parametrize(
    "look", [{"gop": 10}, {"gop": 250}, {"gop": 250, "key_frames_at_cuts": False}], ids=["often", "at cuts", "rarely"]
)
def test_moments_begin_where_scenes_do_however_often_there_are_key_frames(look: dict[str, Any], tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", SCENES, **look)
    describer, seen = colours(), list[float]()
    moments = describe_video(film, describer, seen=seen.append)
    check_gapless(moments, 27.5)
    assert [moment.description.caption.text for moment in moments] == ["red", "green", "blue", "red"]
    assert [moment.start for moment in moments] == pytest.approx([0.0, 4.0, 16.5, 19.5], abs=0.15)
    assert describer.described == len(moments)
    assert seen == sorted(seen)
    assert seen[-1] > 19.5


def test_a_fade_is_cut_in_its_middle(tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (64, 48), colour) for colour in ("#d01010", "#1010d0"))
    film = make_film(tmp_path / "film.mp4", [(red, 4.0), (fade(red, blue), 2.0), (blue, 4.0)], gop=20)
    moments = describe_video(film, colours())
    assert [moment.start for moment in moments] == pytest.approx([0.0, 5.0], abs=0.3)


@pytest.mark.parametrize("frames", [1, 2])
def test_the_shortest_film_is_one_moment(frames: int, tmp_path: Path) -> None:
    moments = describe_video(make_film(tmp_path / "film.mp4", [("#d01010", frames / 10)]), colours())
    assert len(moments) == 1
    check_gapless(moments, frames / 10)


def test_who_follows_may_end_the_work(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", SCENES, gop=10)

    def stop(seconds: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        describe_video(film, colours(), seen=stop)
    assert len(describe_video(film, colours())) == 4


def test_what_is_no_video_has_no_moments(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film at all" * 100)
    with pytest.raises(UnreadableVideoError):
        describe_video(tmp_path / "film.mp4", colours())


def test_the_shipped_model_finds_the_cuts_between_photographs(tmp_path: Path) -> None:
    photographs = list(sample_photographs().values())
    describer = LazyCaptioner.open()
    film = make_cut_film(tmp_path, 1, photographs, scenes=4)
    answers = cuts_told(film, describer)
    found = hits(answers, film.cuts)
    assert found / len(answers) >= 0.9
    assert found / len(film.cuts) >= 0.9
