"""Where photographs were taken is kept, given away and forgotten on request only."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from captioning.errors import UnreadableImageError
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.sqlite.backup import prove
from index_data.exchange.formats import FileFormat
from index_data.exchange.transfer import collect, to_bytes
from index_data.library import Library
from index_data.maintenance.prune import prune
from index_data.positions import forget_positions, forget_positions_in_backups, keep_positions, read_position
from tests.unit.index_data.conftest import FakeDescriber, encode, index

ZURICH = {1: "N", 2: (47, 22, IFDRational(35_555, 1000)), 3: "E", 4: (8, 32, 30.0)}
QUITO = {1: "S", 2: (IFDRational(1, 4), 0, 0), 3: "W", 4: (78, 30, 0)}


def photograph(path: Path, colour: tuple[int, int, int], gps: Mapping[int, object] | None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if gps is not None:
        exif.get_ifd(0x8825).update(gps)
    Image.new("RGB", (40, 40), colour).save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        (ZURICH, (47.3765431, 8.5416667)),
        (QUITO, (-0.25, -78.5)),
        (None, None),
        ({}, None),
        ({2: (47, 22, 35), 4: (8, 32, 30)}, None),
        ({**ZURICH, 1: "X"}, None),
        ({**ZURICH, 2: (97, 0, 0)}, None),
        ({**ZURICH, 4: (181, 0, 0)}, None),
        ({**ZURICH, 2: (47, 22)}, None),
        ({**ZURICH, 2: (IFDRational(1, 0), 0, 0)}, None),
    ],
)
def test_degrees_are_read(
    tmp_path: Path, gps: Mapping[int, object] | None, expected: tuple[float, float] | None
) -> None:
    assert read_position(bytes(photograph(tmp_path / "a.jpg", (9, 9, 9), gps))) == expected


def test_what_is_no_picture_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    with pytest.raises(UnreadableImageError, match="not an image"):
        read_position(bytes(tmp_path / "a.jpg"))


def test_nothing_is_kept_or_given_away_unasked(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photograph(photos / "a.jpg", (200, 10, 10), ZURICH)
    photograph(photos / "b.jpg", (10, 200, 10), None)
    photograph(photos / "c.jpg", (10, 10, 200), QUITO)
    elsewhere = photograph(tmp_path / "elsewhere" / "d.jpg", (90, 90, 90), ZURICH)
    for folder in (photos, elsewhere.parent):
        index(library, folder, FakeDescriber())
    everything = library.read(catalogue.shown_images)
    assert library.read(catalogue.positions_of, everything) == {}
    assert keep_positions(library, [photos]) == 2
    assert keep_positions(library, [photos]) == 0
    assert sorted(library.read(catalogue.positions_of, everything).values()) == [
        (-0.25, -78.5),
        (47.3765431, 8.5416667),
    ]
    (photos / "c.jpg").unlink()
    index(library, photos, FakeDescriber())
    assert [one.position for one in collect(library, gps=True)] == [(47.3765431, 8.5416667)]
    Annotations(library, encode=encode).edit(everything[1], "a person's words")
    for kind in (FileFormat.COCO, FileFormat.JSONL, FileFormat.CSV):
        asked = to_bytes(collect(library, gps=True), kind=kind)
        assert b"47.3765431" in asked
        assert b"a person's words" in asked
        unasked = to_bytes(collect(library), kind=kind)
        assert b"a person's words" in unasked
        assert b"47.37" not in unasked
        assert b"latitude" not in unasked
    assert prune(library) == 1
    assert len(library.read(catalogue.positions_of, everything)) == 1


def test_what_is_forgotten_is_no_longer_in_the_file(tmp_path: Path) -> None:
    def traces() -> int:
        kept = b"".join(path.read_bytes() for path in (tmp_path / "library").iterdir() if path.is_file())
        return kept.count(struct.pack(">d", 47.3765431))

    photograph(tmp_path / "photos" / "a.jpg", (200, 10, 10), ZURICH)
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, tmp_path / "photos", FakeDescriber())
        assert keep_positions(library, [tmp_path / "photos"]) == 1
    assert traces() == 1
    with Library.open(tmp_path / "library") as library:
        assert forget_positions(library) == 1
        assert library.read(catalogue.positions_of, library.read(catalogue.shown_images)) == {}
        assert forget_positions(library) == 0
    assert traces() == 0


def test_what_is_forgotten_is_forgotten_in_the_backups_too(library: Library, tmp_path: Path) -> None:
    photograph(tmp_path / "photos" / "a.jpg", (200, 10, 10), ZURICH)
    index(library, tmp_path / "photos", FakeDescriber())
    before = library.database.keep_copy("before")
    assert keep_positions(library, [tmp_path / "photos"]) > 0
    held = [library.database.keep_copy("held"), library.database.keep_copy("again")]
    elsewhere = tmp_path / "elsewhere.sqlite"
    shutil.copy(held[0], elsewhere)
    (library.paths.backups / "link.sqlite").symlink_to(elsewhere)
    (library.paths.backups / "broken.sqlite").write_bytes(b"SQLite format 3\0" + bytes(4096))
    with closing(sqlite3.connect(held[0])) as connection:
        latitude = connection.execute("SELECT latitude FROM position LIMIT 1").fetchone()[0]
    assert struct.pack(">d", latitude) in held[0].read_bytes()
    former = before.read_bytes()
    forget_positions(library)
    assert forget_positions_in_backups(library) == (2, (library.paths.backups / "broken.sqlite",))
    for backup in held:
        prove(backup)
        assert struct.pack(">d", latitude) not in backup.read_bytes()
        with closing(sqlite3.connect(backup)) as connection:
            assert connection.execute("SELECT count(*) FROM position").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM image").fetchone()[0] > 0
    assert (before.read_bytes(), struct.pack(">d", latitude) in elsewhere.read_bytes()) == (former, True)
    assert forget_positions_in_backups(library) == (0, (library.paths.backups / "broken.sqlite",))
