"""What waits to be decoded takes no more memory than it may; a frame is the same however one comes to it."""

from __future__ import annotations

import gc
from itertools import pairwise
from pathlib import Path

import av
import pytest

from captioning.errors import UnreadableVideoError
from captioning.videos import sampling
from captioning.videos.film import opened
from captioning.videos.picture import FramePainter
from captioning.videos.sampling import chosen_frames, frame_at, frames_between
from tests.films import make_film, pattern


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-four seconds, of which each eighth one begins with a key frame."""
    scenes = [(pattern(seed), 4.0) for seed in range(6)]
    return make_film(tmp_path_factory.mktemp("film") / "a.mp4", scenes, fps=5, gop=40, key_frames_at_cuts=False)


def chosen(path: Path) -> list[tuple[float, bool]]:
    with opened(path, step=lambda: None) as film:
        return [(frame.time, frame.key) for frame in chosen_frames(film)]


def test_what_would_wait_in_too_much_memory_is_decoded_at_once(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [(0.0, True), (8.0, True), (16.0, True)]
    assert chosen(film) == keys
    monkeypatch.setattr(sampling, "HELD_BYTES", 1)
    more = chosen(film)
    assert set(keys) < set(more)
    assert all(later[0] - earlier[0] >= sampling.LEAST_APART for earlier, later in pairwise(more))
    assert sum(not key for _, key in more) == 3


def test_a_single_frame_is_that_of_the_whole_walk(film: Path) -> None:
    with opened(film, step=lambda: None) as walked, opened(film, step=lambda: None) as sought:
        for expected in frames_between(walked, 0.0, 24.0):
            single = frame_at(sought, expected.time + 0.05)
            assert single is not None
            assert single.time == expected.time
            assert single.frame.to_ndarray().tobytes() == expected.frame.to_ndarray().tobytes()


def test_no_frame_stays_in_memory_once_it_was_looked_at(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.mp4", [(pattern(1), 24.0)], fps=2, gop=2)
    held = []
    gc.disable()
    try:
        with opened(path, step=lambda: None) as film:
            painter = FramePainter(film.stream.sample_aspect_ratio)
            for frame in chosen_frames(film):
                painter.square(frame.frame, side=8)
                painter.picture(frame.frame)
                held.append(sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects()))
    finally:
        gc.enable()
    assert len(held) == 24
    # As many as come out of the threads at the end, together.
    assert max(held) < 12


def test_a_film_that_says_it_is_endless_is_left(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = film.stat().st_size
    monkeypatch.setattr("captioning.videos.film._SPARE", size // 2 - 2 * size)
    with pytest.raises(UnreadableVideoError, match="it says that it holds more than it has"):
        chosen(film)
