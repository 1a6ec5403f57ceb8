"""Small pictures are kept by content, bounded, private, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from captioning.errors import UnreadableImageError
from index_data import catalogue
from index_data.catalogue.records import Moment, SeenFile
from index_data.library import Library
from index_data.maintenance.prune import prune
from index_data.thumbnails import SIDE, Thumbnails
from tests.films import make_film
from tests.unit.index_data.conftest import FakeDescriber, index, paint

CONTENT = bytes(range(32))


def seen(path: Path) -> SeenFile:
    status = path.stat()
    return SeenFile(os.fsencode(path), status.st_size, status.st_mtime_ns)


def photograph(path: Path, size: tuple[int, int] = (800, 400), colour: str = "red", orientation: int = 1) -> SeenFile:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", size, colour).save(path, exif=exif)
    return seen(path)


def test_a_picture_is_small_upright_and_kept(tmp_path: Path) -> None:
    file = photograph(tmp_path / "a.jpg", orientation=6)
    cache = Thumbnails(tmp_path / "thumbnails")
    assert cache.get(CONTENT, [file]).size == (SIDE // 2, SIDE)
    (kept,) = (tmp_path / "thumbnails").rglob("*.webp")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    with Image.open(kept) as stored:
        stored.load()
    # The next look takes the file, as another picture under the same name shows.
    Image.new("RGB", (4, 4), "blue").save(kept)
    assert cache.get(CONTENT, [file]).size == (4, 4)


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    file = photograph(tmp_path / "a.jpg")
    cache = Thumbnails(tmp_path / "thumbnails")
    cache.get(CONTENT, [file])
    (kept,) = (tmp_path / "thumbnails").rglob("*.webp")
    kept.write_bytes(kept.read_bytes()[:30])
    assert cache.get(CONTENT, [file]).size == (SIDE, SIDE // 2)
    assert kept.stat().st_size > 30


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    file = photograph(tmp_path / "a.jpg")
    cache = Thumbnails(tmp_path / "thumbnails")
    cache.get(CONTENT, [file])
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(UnreadableImageError, match="the file is gone"):
        cache.get(CONTENT, [file])


def test_a_copy_stands_in_for_a_file_that_is_gone(tmp_path: Path) -> None:
    gone, copy = photograph(tmp_path / "a.jpg"), photograph(tmp_path / "b.jpg", colour="green")
    (tmp_path / "a.jpg").unlink()
    picture = Thumbnails(tmp_path / "thumbnails").get(CONTENT, [gone, copy])
    assert picture.getpixel((5, 5)) == pytest.approx((0, 128, 0), abs=6)


def test_an_overwritten_file_shows_what_it_holds_and_is_not_kept(tmp_path: Path) -> None:
    file = photograph(tmp_path / "a.jpg")
    photograph(tmp_path / "a.jpg", size=(300, 300), colour="blue")
    picture = Thumbnails(tmp_path / "thumbnails").get(CONTENT, [file])
    assert picture.size == (SIDE, SIDE)
    assert not (tmp_path / "thumbnails").exists()


def test_a_folder_that_takes_no_files_is_no_hindrance(tmp_path: Path) -> None:
    file = photograph(tmp_path / "a.jpg")
    (tmp_path / "thumbnails").write_text("a file where the folder should be")
    assert Thumbnails(tmp_path / "thumbnails").get(CONTENT, [file]).size == (SIDE, SIDE // 2)


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    cache = Thumbnails(tmp_path / "thumbnails", most_bytes=2500)
    contents = [bytes([number]) * 32 for number in range(40)]
    for number, content in enumerate(contents):
        cache.get(content, [photograph(tmp_path / f"{number}.jpg")])
        for path in (tmp_path / "thumbnails").rglob(f"{content.hex()[2:]}.webp"):
            os.utime(path, ns=(number, number))
    kept = {path.parent.name + path.stem for path in (tmp_path / "thumbnails").rglob("*.webp")}
    sizes = [path.stat().st_size for path in (tmp_path / "thumbnails").rglob("*.webp")]
    assert 0 < sum(sizes) <= 2500
    # Whatever is left is the end of the row.
    assert kept == {content.hex() for content in contents[-len(kept) :]}
    assert not list((tmp_path / "thumbnails").rglob("*.new"))


def test_pruning_removes_the_pictures_of_what_is_forgotten(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    stays, goes = paint(folder / "a.png", (200, 0, 0)), paint(folder / "b.png", (0, 200, 0))
    index(library, folder, FakeDescriber())
    cache = Thumbnails(library.paths.thumbnails)
    images = library.read(catalogue.seen_images, library.read(catalogue.shown_images))
    for image in images.values():
        cache.get(image.content_hash, image.files)
    assert library.stray_files() == []
    goes.unlink()
    index(library, folder, FakeDescriber())
    assert prune(library) == 1
    left = [path.parent.name + path.stem for path in library.paths.thumbnails.rglob("*.webp")]
    (image,) = library.read(catalogue.seen_images, library.read(catalogue.shown_images)).values()
    assert left == [image.content_hash.hex()]
    assert [os.fsdecode(file.path) for file in image.files] == [str(stays)]


def test_what_a_killed_process_left_is_a_stray_file(library: Library) -> None:
    left = library.paths.thumbnails / "ab" / "cd.webp.1-2.new"
    left.parent.mkdir(parents=True)
    left.touch()
    assert library.stray_files() == [left]


def test_a_moment_is_drawn_at_its_time_and_kept_by_itself(tmp_path: Path) -> None:
    film = seen(make_film(tmp_path / "a.mp4", [("red", 1), ("blue", 1)]))
    cache = Thumbnails(tmp_path / "thumbnails")
    for content, time, colour in ((b"r" * 32, 0.5, (254, 0, 0)), (b"b" * 32, 1.5, (0, 0, 254))):
        for _ in range(2):
            picture = cache.get(content, [film], Moment(time - 0.5, time + 0.5, time))
            assert picture.size == (64, 48)
            assert picture.getpixel((30, 20)) == pytest.approx(colour, abs=12)
    assert len(list((tmp_path / "thumbnails").rglob("*.webp"))) == 2
    (tmp_path / "a.mp4").write_text("no film")
    with pytest.raises(UnreadableImageError):
        cache.get(b"g" * 32, [film], Moment(0, 1, 0.5))
