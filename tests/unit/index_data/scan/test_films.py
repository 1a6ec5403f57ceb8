"""Films in a scan: described by their moments, stored as a whole, known again by their content."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from captioning.videos import description
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.library_records import ScanCounts
from index_data.library import Library
from index_data.scan import films
from index_data.scan.events import (
    Arrival,
    Described,
    FileSetAside,
    FilesListed,
    ModelNeeded,
    ScanFinished,
    ScanProgressed,
)
from index_data.scan.pipeline import index_folders
from tests.films import make_film
from tests.unit.index_data.conftest import FakeDescriber, encode, events, index, paint

COLOURS = ("red", "lime", "blue")


@pytest.fixture(scope="module")
def three_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of nine seconds, in which red, green and blue follow each other."""
    return make_film(tmp_path_factory.mktemp("films") / "three.mp4", [(colour, 3.0) for colour in COLOURS], gop=10)


@pytest.fixture(scope="module")
def one_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of two seconds in one colour."""
    return make_film(tmp_path_factory.mktemp("films") / "one.mov", [("yellow", 2.0)], gop=10)


@pytest.fixture
def folder(tmp_path: Path, three_scenes: Path) -> Path:
    """A photograph and a film."""
    paint(tmp_path / "p" / "photo.png", (1, 2, 3))
    shutil.copy(three_scenes, tmp_path / "p" / "film.mp4")
    return tmp_path / "p"


@pytest.fixture
def unopened(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Has it fail, once it is called, if a film is opened."""

    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("a film was opened")

    def begin() -> None:
        for name in ("read_facts", "describe_video", "hash_file"):
            monkeypatch.setattr(films, name, fail)

    return begin


def captions(library: Library) -> dict[str, list[str]]:
    """What is said of the moments of each film, in their order, by its name."""
    with library.transaction() as session:
        videos = {
            os.path.basename(os.fsdecode(path)): image  # noqa: PTH119
            for path, image in catalogue.all_places(session).items()
            if image in catalogue.videos_among(session, [image])
        }
        moments = {name: list(catalogue.moments_of(session, video)) for name, video in videos.items()}
        records = catalogue.images(session, [image for images in moments.values() for image in images])
    return {name: [records[image].caption for image in images] for name, images in moments.items()}


def test_a_film_is_described_by_its_moments_and_not_opened_again(
    library: Library, folder: Path, describer: FakeDescriber, unopened: Callable[[], None]
) -> None:
    told = events(library, folder, describer)
    assert told[0] == FilesListed(2, 2)
    assert told[-1] == ScanFinished(ScanCounts(new=2), Described(1, 1, 3))
    assert ModelNeeded() in told
    progress = [event for event in told if isinstance(event, ScanProgressed)]
    shares = [event.film.share for event in progress if event.film]
    assert shares == sorted(shares)
    assert len(set(shares)) > 1
    assert progress[-1].arrivals == (Arrival(os.fsencode(folder / "film.mp4"), "new", moments=3),)
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    said = captions(library)["film.mp4"]
    assert len(said) == 3
    assert said[0].startswith("fake sees 25")
    with library.transaction() as session:
        (video,) = catalogue.images_at(session, [os.fsencode(folder / "film.mp4")]).values()
        moments = list(catalogue.moments_of(session, video).values())
    assert moments[0].start == 0
    assert [round(moment.end) for moment in moments] == [3, 6, 9]
    unopened()
    assert events(library, folder, describer)[-1] == ScanFinished(ScanCounts(unchanged=2))


def test_moved_copied_changed_and_removed_films_are_as_photographs(
    library: Library, folder: Path, describer: FakeDescriber, one_scene: Path
) -> None:
    index(library, folder, describer)
    before, described = captions(library)["film.mp4"], describer.described
    (folder / "film.mp4").rename(folder / "moved.mp4")
    assert index(library, folder, describer) == ScanCounts(unchanged=1, moved=1)
    shutil.copy(folder / "moved.mp4", folder / "copy.mp4")
    assert index(library, folder, describer) == ScanCounts(unchanged=2, duplicate=1)
    assert captions(library) == {"moved.mp4": before, "copy.mp4": before}
    assert describer.described == described
    shutil.copy(one_scene, folder / "copy.mp4")
    assert index(library, folder, describer) == ScanCounts(unchanged=2, changed=1)
    assert len(captions(library)["copy.mp4"]) == 1
    (folder / "moved.mp4").unlink()
    assert index(library, folder, describer) == ScanCounts(unchanged=2, removed=1)
    assert list(captions(library)) == ["copy.mp4"]


def test_a_film_that_cannot_be_read_is_set_aside_and_the_run_goes_on(
    library: Library, folder: Path, describer: FakeDescriber, one_scene: Path, unopened: Callable[[], None]
) -> None:
    (folder / "a.mp4").write_bytes(one_scene.read_bytes()[:300])
    (folder / "empty.mkv").touch()
    (folder / "text.avi").write_text("no film")
    told = events(library, folder, describer)
    aside = {os.path.basename(event.path): event.reason for event in told if isinstance(event, FileSetAside)}  # noqa: PTH119
    assert sorted(aside) == [b"a.mp4", b"empty.mkv", b"text.avi"]
    assert all(aside.values())
    assert told[-1] == ScanFinished(ScanCounts(new=2, set_aside=3), Described(1, 1, 3))
    unopened()
    assert events(library, folder, describer)[-1] == ScanFinished(ScanCounts(unchanged=2, set_aside=3))


def test_a_film_that_changes_while_it_is_read_is_read_again_by_the_next_run(
    library: Library, folder: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grow(path: bytes, *arguments: object, **options: object) -> list[description.DescribedMoment]:
        moments = description.describe_video(path, *arguments, **options)  # type: ignore[arg-type]
        with open(path, "ab") as file:  # noqa: PTH123
            file.write(b"\0")
        return moments

    with monkeypatch.context() as patch:
        patch.setattr(films, "describe_video", grow)
        told = events(library, folder, describer)
    assert FileSetAside(os.fsencode(folder / "film.mp4"), "it changed while it was read") in told
    assert captions(library) == {}
    assert index(library, folder, describer) == ScanCounts(new=1, unchanged=1)
    assert len(captions(library)["film.mp4"]) == 3


def test_another_model_describes_films_anew_and_peoples_corrections_stay(
    library: Library, folder: Path, describer: FakeDescriber
) -> None:
    index(library, folder, describer)
    with library.transaction() as session:
        (video,) = catalogue.images_at(session, [os.fsencode(folder / "film.mp4")]).values()
        first, second, _ = catalogue.moments_of(session, video)
    Annotations(library, encode=encode).edit(first, "my own words")
    Annotations(library, encode=encode).tag([second], add=["holiday"])
    other = FakeDescriber("other")
    assert index(library, folder, other) == ScanCounts(unchanged=2)
    said = captions(library)["film.mp4"]
    assert said[0] == "my own words"
    assert [words.split()[0] for words in said[1:]] == ["other", "other"]
    assert library.read(catalogue.count_models).keys() == {other.identity.id}
    assert Annotations(library, encode=encode).tags([second]) == {second: ("holiday",)}
    assert index(library, folder, other) == ScanCounts(unchanged=2)


def test_a_scan_that_is_abandoned_within_a_film_stores_nothing_of_it(
    library: Library, folder: Path, describer: FakeDescriber
) -> None:
    run = index_folders(library, [folder], describer)
    for event in run:
        if isinstance(event, ScanProgressed) and event.film and event.film.seconds:
            break
    run.close()  # type: ignore[attr-defined]
    with library.transaction() as session:
        for table in ("video", "moment"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
    assert index(library, folder, describer) == ScanCounts(new=1, unchanged=1)
