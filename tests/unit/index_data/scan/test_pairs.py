"""A Live Photo is one item, the photograph; what only has its name is not."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from captioning.images.formats import register_decoders
from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.library import Library
from index_data.scan.events import Described, ScanFinished
from index_data.scan.pipeline import retry_files
from tests.films import make_film
from tests.unit.index_data.conftest import FakeDescriber, events, index

FORMS = {".jpg": "JPEG", ".heic": "HEIF"}


def photograph(path: Path, identifier: str = "", colour: str = "red") -> Path:
    """A photograph with a note of its maker as iPhones write it: a directory behind a head of 14 bytes."""
    register_decoders()
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if identifier:
        text = identifier.encode() + b"\0"
        directory = struct.pack(">HHHII", 1, 0x11, 2, len(text), 14 + 2 + 12 + 4) + struct.pack(">I", 0)
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] = b"Apple iOS\0\0\1MM" + directory + text
    Image.new("RGB", (32, 24), colour).save(path, FORMS[path.suffix.lower()], exif=exif)
    return path


def film(path: Path, identifier: str = "", *, seconds: float = 2.0) -> Path:
    words = {"com.apple.quicktime.content.identifier": identifier} if identifier else {}
    options = {"movflags": "use_metadata_tags"}
    return make_film(path, [("blue", seconds)], gop=20, metadata=words, container_options=options)


def films(library: Library) -> list[str]:
    """The names of the films in which something is found."""
    with library.transaction() as session:
        places = catalogue.all_places(session)
        moments = {image: catalogue.moments_of(session, image) for image in places.values()}
    return sorted(Path(os.fsdecode(path)).name for path, image in places.items() if moments[image])


@pytest.mark.parametrize(
    ("still", "ours", "theirs", "seconds", "paired"),
    [
        ("a.heic", "4A1B-22", "4A1B-22", 9.0, True),
        ("a.jpg", "4A1B-22", "4A1B-23", 2.0, False),
        ("a.JPG", "", "4A1B-22", 2.0, True),
        ("a.jpg", "", "", 2.0, True),
        ("a.jpg", "", "", 9.0, False),
        ("b.jpg", "4A1B-22", "4A1B-22", 2.0, False),
    ],
)
def test_a_film_belongs_to_the_photograph_of_its_stem_and_identifier(
    library: Library,
    tmp_path: Path,
    describer: FakeDescriber,
    still: str,
    ours: str,
    theirs: str,
    seconds: float,
    paired: bool,
) -> None:
    folder = photograph(tmp_path / "p" / still, ours).parent
    film(folder / "a.mov", theirs, seconds=seconds)
    *_, last = events(library, folder, describer)
    assert isinstance(last, ScanFinished)
    assert last.counts == ScanCounts(new=1 if paired else 2)
    assert last.described.videos == (0 if paired else 1)
    assert films(library) == ([] if paired else ["a.mov"])
    assert index(library, folder, describer) == ScanCounts(unchanged=1 if paired else 2)


def test_a_live_photo_moves_and_goes_as_one_and_its_film_comes_alone_as_a_film(
    library: Library, tmp_path: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = photograph(tmp_path / "p" / "img_1.jpg", "4A1B")
    moving = film(still.with_suffix(".mov"), "4A1B")
    folder = still.parent
    assert index(library, folder, describer) == ScanCounts(new=1)
    with monkeypatch.context() as patch:
        # A later scan opens neither.
        patch.setattr("index_data.scan.films.hash_file", None)
        patch.setattr("index_data.scan.decode.hash_file", None)
        assert index(library, folder, describer) == ScanCounts(unchanged=1)
    (folder / "trip").mkdir()
    for file in (still, moving):
        shutil.move(file, folder / "trip" / file.name)
    assert index(library, folder, describer) == ScanCounts(moved=1)
    assert library.status().images == 1
    (folder / "trip" / still.name).unlink()
    assert events(library, folder, describer)[-1] == ScanFinished(
        ScanCounts(unchanged=1, removed=1), Described(0, 1, 1)
    )
    assert films(library) == [moving.name]
    # The photograph comes back to its film.
    photograph(folder / "trip" / still.name, "4A1B")
    assert index(library, folder, describer) == ScanCounts(new=1)
    assert films(library) == []
    assert index(library, folder, describer) == ScanCounts(unchanged=1)


def test_the_film_of_a_live_photo_that_is_looked_at_alone_again_belongs_to_its_photograph(
    library: Library, tmp_path: Path, describer: FakeDescriber
) -> None:
    still = photograph(tmp_path / "p" / "img_1.jpg", "4A1B")
    moving = still.with_suffix(".mov")
    moving.write_bytes(b"half")
    assert index(library, still.parent, describer) == ScanCounts(new=1, set_aside=1)
    film(moving, "4A1B")
    *_, last = retry_files(library, [os.fsencode(moving)], describer)
    assert last == ScanFinished(ScanCounts())
    assert library.read(catalogue.problems) == []
    assert index(library, still.parent, describer) == ScanCounts(unchanged=1)
