from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from index_data.reading import Picture, Unreadable, read_file
from index_data.records import ImageFacts
from index_data.walk import FoundFile


def read(path: Path, *, described: bool = False) -> Picture | Unreadable:
    return read_file(FoundFile(os.fsencode(path), 1, 1), side=8, described=lambda _: described)


def facts(path: Path) -> ImageFacts:
    picture = read(path)
    assert isinstance(picture, Picture)
    assert picture.facts is not None
    return picture.facts


def photograph(path: Path, *, orientation: int = 1, **tags: str) -> Path:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    for name, value in tags.items():
        if name == "DateTimeOriginal":
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = value
        else:
            exif[ExifTags.Base[name]] = value
    Image.new("RGB", (30, 20), "red").save(path, exif=exif)
    return path


def test_hash_facts_and_pixels(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.jpg")
    picture = read(path)
    assert isinstance(picture, Picture)
    assert picture.content_hash == hashlib.blake2b(path.read_bytes(), digest_size=32).digest()
    assert picture.facts == ImageFacts(30, 20, "JPEG")
    assert picture.pixels is not None
    assert picture.pixels.shape == (8, 8, 3)


def test_a_described_picture_is_only_hashed(tmp_path: Path) -> None:
    picture = read(photograph(tmp_path / "a.jpg"), described=True)
    assert isinstance(picture, Picture)
    assert picture.pixels is None
    assert picture.facts is None


@pytest.mark.parametrize(("orientation", "size"), [(1, (30, 20)), (3, (30, 20)), (6, (20, 30)), (8, (20, 30))])
def test_width_and_height_are_of_the_upright_picture(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    found = facts(photograph(tmp_path / "a.jpg", orientation=orientation))
    assert (found.width, found.height) == size


def test_the_time_it_was_taken_goes_before_the_time_of_the_file(tmp_path: Path) -> None:
    both = photograph(tmp_path / "a.jpg", DateTime="2020:01:02 03:04:05", DateTimeOriginal="2019:06:07 08:09:10")
    assert facts(both).taken_at == datetime(2019, 6, 7, 8, 9, 10)
    assert facts(photograph(tmp_path / "b.jpg", DateTime="2020:01:02 03:04:05")).taken_at == datetime(
        2020, 1, 2, 3, 4, 5
    )
    assert facts(photograph(tmp_path / "c.jpg", DateTime="0000:00:00 00:00:00")).taken_at is None


def test_the_makers_name_is_not_said_twice(tmp_path: Path) -> None:
    assert facts(photograph(tmp_path / "a.jpg", Make="Canon", Model="Canon EOS 5D")).camera == "Canon EOS 5D"
    assert facts(photograph(tmp_path / "b.jpg", Make="Apple", Model="iPhone 12")).camera == "Apple iPhone 12"
    assert facts(photograph(tmp_path / "c.jpg", Model="X100")).camera == "X100"
    assert facts(photograph(tmp_path / "d.jpg")).camera is None


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    truncated = photograph(tmp_path / "truncated.jpg")
    truncated.write_bytes(truncated.read_bytes()[:-300])
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nothing.jpg")
    reasons = {
        name: result.reason
        for name in ("truncated", "text", "empty", "link")
        if isinstance(result := read(tmp_path / f"{name}.jpg"), Unreadable)
    }
    assert reasons["truncated"].startswith("it is damaged")
    assert reasons["text"] == "it is not an image that can be decoded"
    assert reasons["empty"] == "the file is empty"
    assert reasons["link"] == "it is a link to nothing, or it vanished while it was read"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    result = read(tmp_path / "pipe.jpg")
    assert isinstance(result, Unreadable)
    assert result.reason == "it is not a regular file"
