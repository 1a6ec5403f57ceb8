"""A clip holds the packets of its moment, from the key frame before, and replaces nothing unasked."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from captioning.errors import UnreadableVideoError
from captioning.videos.clip import cut_clip
from tests.films import Picture, make_film, pattern


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenes: list[tuple[Picture, float]] = [("red", 3.0), (pattern(1), 3.0), ("blue", 3.0)]
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4", scenes, gop=20, sound=True, rotation=90)


def pictures(path: Path) -> list[tuple[float, tuple[int, ...]]]:
    with av.open(str(path)) as container:
        return [
            (float(frame.time or 0), tuple(frame.to_ndarray(format="rgb24").mean((0, 1)).round().astype(int).tolist()))
            for frame in container.decode(video=0)
        ]


def test_a_clip_has_the_pictures_of_its_moment_and_their_sound(film: Path, tmp_path: Path) -> None:
    whole = pictures(film)
    clip = tmp_path / "clip.mp4"
    cut_clip(film, clip, start=3.0, end=6.0)
    shown = pictures(clip)
    moment = [colour for time, colour in whole if 3.0 <= time < 6.0]
    assert [colour for _, colour in shown][: len(moment)] == moment
    assert len(shown) <= len(moment) + 2  # the last pictures lean on two that come after them
    assert shown[0][0] == 0.0
    with av.open(str(film)) as before, av.open(str(clip)) as after:
        assert (after.duration or 0) / 1e6 == pytest.approx(3.0, abs=0.25)
        sound, cut = before.streams.audio[0], after.streams.audio[0]
        assert float((cut.duration or 0) * (cut.time_base or 0)) == pytest.approx(3.0, abs=0.1)
        assert cut.codec_context.name == sound.codec_context.name
        assert next(before.decode(video=0)).rotation == next(after.decode(video=0)).rotation != 0


def test_a_clip_begins_with_the_key_frame_before_its_moment(film: Path, tmp_path: Path) -> None:
    cut_clip(film, tmp_path / "clip.mp4", start=4.5, end=5.5)
    assert len(pictures(tmp_path / "clip.mp4")) == 25  # the scene began with a key frame, and the next came at five


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".mov", ".webm", ".mts", ".mpg", ".wmv", ".3gp"])
def test_clips_of_every_container(suffix: str, tmp_path: Path) -> None:
    codecs = {".webm": "libvpx", ".mpg": "mpeg2video", ".wmv": "wmv2", ".avi": "mpeg4"}
    path = make_film(
        tmp_path / f"a{suffix}", [("red", 2.0), ("blue", 2.0)], codec=codecs.get(suffix, "libx264"), gop=20
    )
    cut_clip(path, tmp_path / f"b{suffix}", start=2.0, end=3.0)
    colours = [colour for _, colour in pictures(tmp_path / f"b{suffix}")]
    assert len(colours) == pytest.approx(10, abs=2)
    assert all(blue > 200 > 50 > red for red, _, blue in colours)


def test_nothing_is_replaced_unasked_and_the_video_never_is(film: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.mp4"
    there.write_bytes(b"words")
    with pytest.raises(FileExistsError, match="it is there already"):
        cut_clip(film, there, start=0.0, end=1.0)
    assert there.read_bytes() == b"words"
    cut_clip(film, there, start=0.0, end=1.0, force=True)
    assert 10 <= len(pictures(there)) <= 12
    before = film.read_bytes()
    with pytest.raises(FileExistsError):
        cut_clip(film, film, start=0.0, end=1.0, force=True)
    assert film.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "start", "reason"),
    [
        ("clip.txt", 0.0, "ends in '.txt'"),
        ("clip.mp4", 20.0, "no pictures at that time"),
        ("clip.webm", 0.0, "no clip"),
    ],
)
def test_what_cannot_be_cut_leaves_no_file(film: Path, tmp_path: Path, name: str, start: float, reason: str) -> None:
    with pytest.raises(UnreadableVideoError, match=reason):
        cut_clip(film, tmp_path / name, start=start, end=start + 1)
    assert not list(tmp_path.iterdir())


def test_what_is_no_video_is_not_cut(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"words")
    with pytest.raises(UnreadableVideoError, match="no clip could be cut out of it"):
        cut_clip(tmp_path / "no.mp4", tmp_path / "clip.mp4", start=0.0, end=1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["no.mp4"]


def test_no_clip_is_cut_out_of_a_file_that_a_playlist_names(film: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.mp4"
    listed.write_text(f"ffconcat version 1.0\nfile {film.name}\n")
    (tmp_path / film.name).write_bytes(film.read_bytes())
    with pytest.raises(UnreadableVideoError, match="no clip could be cut out of it"):
        cut_clip(listed, tmp_path / "clip.mp4", start=0.0, end=1.0)
