from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from captioning.images import difference_hash
from index_data.catalogue.records import ImageFacts
from index_data.scan.decode import ReadableFile, UnreadableFile, read_file
from index_data.scan.walk import FoundFile
from tests.raw_files import write_dng


def read(path: Path, *, described: bool = False) -> ReadableFile | UnreadableFile:
    return read_file(FoundFile(os.fsencode(path), 1, 1), side=8, described=lambda _: described)


def facts(path: Path) -> ImageFacts:
    picture = read(path)
    assert isinstance(picture, ReadableFile)
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
    assert isinstance(picture, ReadableFile)
    assert picture.content_hash == hashlib.blake2b(path.read_bytes(), digest_size=32).digest()
    assert picture.pixels is not None
    assert picture.facts == ImageFacts(30, 20, "JPEG", perceptual_hash=difference_hash(picture.pixels))
    assert picture.pixels.shape == (8, 8, 3)


def test_a_described_picture_is_only_hashed(tmp_path: Path) -> None:
    picture = read(photograph(tmp_path / "a.jpg"), described=True)
    assert isinstance(picture, ReadableFile)
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
        if isinstance(result := read(tmp_path / f"{name}.jpg"), UnreadableFile)
    }
    assert reasons["truncated"].startswith("it is damaged")
    assert reasons["text"] == "it is not an image that can be decoded"
    assert reasons["empty"] == "the file is empty"
    assert reasons["link"] == "it is a link to nothing, or it vanished while it was read"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    result = read(tmp_path / "pipe.jpg")
    assert isinstance(result, UnreadableFile)
    assert result.reason == "it is not a regular file"
    assert result.passing


def test_a_pipe_that_someone_writes_to_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    reader = os.open(tmp_path / "pipe.jpg", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(tmp_path / "pipe.jpg", os.O_WRONLY)
    try:
        result = read(tmp_path / "pipe.jpg")
    finally:
        os.close(writer)
        os.close(reader)
    assert isinstance(result, UnreadableFile)
    assert result.reason == "it is not a regular file"


def test_what_lies_in_the_content_lasts_and_what_lies_around_it_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    assert read(tmp_path / "text.jpg") == UnreadableFile(
        FoundFile(os.fsencode(tmp_path / "text.jpg"), 1, 1), "it is not an image that can be decoded", passing=False
    )
    opened = os.open

    def refuse(path: bytes, *arguments: int) -> int:
        if path == os.fsencode(tmp_path / "closed.jpg"):
            raise PermissionError(13, "Permission denied", path)
        if path == os.fsencode(tmp_path / "broken.jpg"):
            raise OSError(5, "Input/output error", path)
        return opened(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    for name, reason in (
        ("closed", "it may not be read (permission denied)"),
        ("broken", "it could not be read (Input/output error)"),
        ("gone", "it is a link to nothing, or it vanished while it was read"),
    ):
        path = tmp_path / f"{name}.jpg"
        assert read(path) == UnreadableFile(FoundFile(os.fsencode(path), 1, 1), reason, passing=True)


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_changes_while_it_is_read_is_not_believed(tmp_path: Path, known: bool) -> None:
    path = photograph(tmp_path / "a.jpg")

    def change(content: bytes) -> bool:
        path.write_bytes(path.read_bytes() + b"more")
        return known

    result = read_file(FoundFile(os.fsencode(path), 1, 1), side=8, described=change)
    assert isinstance(result, UnreadableFile)
    assert (result.reason, result.passing) == ("it changed while it was read", True)


def test_a_file_that_vanishes_while_it_is_read_says_so(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.jpg")

    def vanish(content: bytes) -> bool:
        path.unlink()
        return True

    result = read_file(FoundFile(os.fsencode(path), 1, 1), side=8, described=vanish)
    assert isinstance(result, UnreadableFile)
    assert result.reason == "it is a link to nothing, or it vanished while it was read"


@pytest.mark.parametrize(
    "block", [b"garbage", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + b"\x01\x0f" * 200]
)
def test_a_damaged_exif_block_costs_only_the_facts(tmp_path: Path, block: bytes) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "a.jpg", exif=b"Exif\0\0" + block)
    assert facts(tmp_path / "a.jpg") == ImageFacts(30, 20, "JPEG", perceptual_hash=0)


def test_a_camera_with_an_endless_name_is_cut(tmp_path: Path) -> None:
    camera = facts(photograph(tmp_path / "a.jpg", Model="x" * 3000)).camera
    assert camera == "x" * 200


def test_the_second_time_is_taken_where_the_first_is_no_time(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.jpg", DateTime="2020:01:02 03:04:05", DateTimeOriginal="0000:00:00 00:00:00")
    assert facts(path).taken_at == datetime(2020, 1, 2, 3, 4, 5)


@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"])
def test_every_kind_of_file_says_what_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "wrongly-named.jpg"
    Image.new("RGB", (30, 20), "red").save(path, format=kind)
    found = facts(path)
    assert (found.width, found.height, found.format, found.taken_at, found.camera) == (30, 20, kind, None, None)


def test_a_raw_file_is_described_by_the_picture_in_it(tmp_path: Path) -> None:
    file = write_dng(tmp_path / "a.dng", Image.new("RGB", (60, 40), (200, 30, 30)), orientation=6)
    result = read(file)
    assert isinstance(result, ReadableFile)
    assert result.pixels is not None
    assert np.abs(result.pixels.reshape(-1, 3).mean(0) - (200, 30, 30)).max() < 5
    assert facts(file) == replace(
        facts(file), width=40, height=60, format="DNG", camera="Maker Model 1", taken_at=datetime(2024, 5, 6, 7, 8, 9)
    )


def test_a_photograph_with_a_film_in_its_file_is_a_photograph(tmp_path: Path) -> None:
    alone = facts(photograph(tmp_path / "alone.jpg", Model="Phone"))
    file = photograph(tmp_path / "moving.jpg", Model="Phone")
    # As phones put it there: the film follows the photograph's end.
    file.write_bytes(file.read_bytes() + b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40)
    assert facts(file) == alone
    assert alone.format == "JPEG"
