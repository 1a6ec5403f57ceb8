"""Moments of films are found, described and annotated as photographs are; the film itself is neither."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.best_copy import read_copies
from index_data.catalogue.records import ImageFacts, Moment
from index_data.duplicates import DuplicateGroup, exact_duplicates, near_duplicates
from index_data.errors import UnknownPhotographError
from index_data.library import Library
from index_data.maintenance.prune import prune
from index_data.relocation import move_photographs
from search.output.status_rows import status_rows
from tests.unit.index_data.conftest import FakeDescriber, encode, film, index

RED, GREEN, BLUE, GREY = (250, 0, 0), (0, 250, 0), (0, 0, 250), (90, 90, 90)


@pytest.fixture
def holiday(library: Library, photos: Path, describer: FakeDescriber) -> list[int]:
    """The moments of a film of three shots, beside seven photographs."""
    index(library, photos, describer)
    return film(library, photos / "holiday.mp4", (RED, GREEN, BLUE), describer)


def said(library: Library, images: list[int]) -> dict[int, str]:
    return {image: record.caption for image, record in library.read(catalogue.images, images).items()}


@pytest.mark.every_database
def test_a_moment_lies_where_its_film_does_and_the_film_is_no_image(
    library: Library, photos: Path, holiday: list[int], describer: FakeDescriber
) -> None:
    path = os.fsencode(photos / "holiday.mp4")
    with library.transaction() as session:
        video = catalogue.images_at(session, [path])[path]
        records = catalogue.images(session, [*holiday, video])
        assert [(record.paths, record.moment) for record in records.values()] == [
            ((path,), Moment(at, at + 10, at + 5)) for at in (0.0, 10.0, 20.0)
        ]
        assert {record.video for record in records.values()} == {(video, 30.0)}
        assert catalogue.moments_of(session, video) == {image: records[image].moment for image in holiday}
        shown = [*range(1, 8), *holiday]
        assert catalogue.shown_images(session) == shown
        assert catalogue.shown_among(session, [7, video, holiday[0], 999]) == [7, holiday[0]]
        assert catalogue.matching_images(session, []) == shown
        assert sorted(catalogue.images_by_date(session)) == shown
        paths = {image: record.paths[0] for image, record in catalogue.images(session, shown).items()}
        assert catalogue.images_by_path(session) == sorted(shown, key=lambda image: (paths[image], image))
        assert catalogue.ImageVectors(session, describer.identity.id).ids().tolist() == shown
        assert catalogue.words_of(session, holiday)[holiday[1]].paths == (os.fsdecode(path),)
        assert catalogue.dates_of(session, holiday)[holiday[0]].moment is not None
        known = catalogue.known_places(session, describer.identity.id)
        assert known[path].described
        catalogue.remove_places(session, [path])
        assert catalogue.shown_images(session) == list(range(1, 8))


@pytest.mark.every_database
def test_what_people_said_goes_to_the_moment_that_is_found_in_its_place(
    library: Library, photos: Path, holiday: list[int], describer: FakeDescriber
) -> None:
    notes = Annotations(library, encode=encode)
    notes.edit(holiday[1], "my own words")
    notes.tag([holiday[2]], add=["sea"])
    later = FakeDescriber("later")
    times = [(0.0, 13.0, 5.0), (13.0, 21.0, 17.5), (24.5, 25.5, 25.0), (25.5, 30.0, 28.0)]
    moments = film(library, photos / "holiday.mp4", (RED, GREEN, BLUE, GREY), later, times=times)
    # The same frame, the overlap of most, the same frame again; what is left is new.
    assert moments[:3] == holiday
    assert moments[3] > holiday[2]
    captions = said(library, moments)
    assert captions[holiday[0]] == "later sees 250 0 0"
    assert captions[holiday[1]] == "my own words"
    assert library.read(catalogue.tags_of, [holiday[2]]) == {holiday[2]: ("sea",)}
    assert library.read(catalogue.images, moments)[holiday[1]].moment == Moment(13.0, 21.0, 17.5)


def test_moments_that_are_not_found_again_go_but_for_those_that_people_spoke_of(
    library: Library, photos: Path, holiday: list[int], describer: FakeDescriber
) -> None:
    Annotations(library, encode=encode).tag([holiday[1]], add=["sea"])
    later = FakeDescriber("later")
    (moment,) = film(library, photos / "holiday.mp4", (GREY,), later, times=[(28.0, 30.0, 29.0)])
    assert moment == holiday[2]
    video = library.read(catalogue.moments_among, [moment])[moment][1].video_id
    assert set(library.read(catalogue.moments_of, video)) == {holiday[1], moment}
    with library.transaction() as session:
        # So that the former model can retire.
        ids = catalogue.ImageVectors(session, later.identity.id).ids()
        np.testing.assert_array_equal(ids, [holiday[1], moment])
        images = set(session.execute(text("SELECT id FROM image")).scalars())
    assert images == {*range(1, 8), video, holiday[1], moment}


def test_a_film_that_is_gone_is_forgotten_with_its_moments_unless_people_spoke_of_one(
    library: Library, photos: Path, holiday: list[int]
) -> None:
    notes = Annotations(library, encode=encode)
    notes.tag([holiday[1]], add=["sea"])
    with library.transaction(write=True) as session:
        catalogue.remove_places(session, [os.fsencode(photos / "holiday.mp4")])
    assert prune(library) == 0
    notes.undo()
    assert prune(library) == 1
    with library.transaction() as session:
        assert set(session.execute(text("SELECT id FROM image")).scalars()) == set(range(1, 8))


def test_a_film_and_its_moments_are_named_by_path_and_time(library: Library, photos: Path, holiday: list[int]) -> None:
    film_path = os.fsencode(photos / "holiday.mp4")
    odd = os.fsencode(photos / "0.png")

    def named(name: bytes) -> tuple[int, ...]:
        return library.read(catalogue.images_named, [name]).get(name, ())

    assert named(film_path) == tuple(holiday)
    assert named(odd) == (1,)
    for time, at in ((b"0", 0), (b"0:09.9", 0), (b"0:10", 1), (b"15", 1), (b"0:00:29", 2), (b"30", 2)):
        assert named(film_path + b"@" + time) == (holiday[at],), time
    for wrong in (film_path + b"@0:31", film_path + b"@noon", film_path + b"@", odd + b"@0:01", b"/nowhere.mp4@0:01"):
        assert named(wrong) == ()
    notes = Annotations(library, encode=encode)
    assert notes.images_named([film_path + b"@12", film_path]) == [holiday[1], holiday[0], holiday[2]]
    with pytest.raises(UnknownPhotographError, match=r"holiday\.mp4 shows nothing at 0:31"):
        notes.images_named([film_path + b"@0:31"])


def test_counts_tell_photographs_from_films_and_moments(library: Library, photos: Path, holiday: list[int]) -> None:
    with library.transaction(write=True) as session:
        # The moving side of a photograph: a film without moments.
        side = catalogue.add_video(session, bytes(32), byte_size=1, facts=ImageFacts(1, 1, "MOV"), duration=2.0)
        for at, image in ((b"/side.mov", side), (b"/copy.mov", side), (b"/copy.png", 1)):
            catalogue.put_place(session, at, image_id=image, byte_size=1, mtime_ns=1, scan_id=1)
        assert catalogue.known_places(session, "any")[b"/side.mov"].described
        assert catalogue.count_images(session) == (7, 8, 1, 1, 3)
        assert catalogue.images_with_copies(session) == [1]
        assert sum(month.count for month in catalogue.months(session)) == 8
        assert catalogue.count_undated(session) == 7
    status = library.status()
    assert (status.images, status.videos, status.moments) == (7, 1, 3)
    assert dict(status_rows(status))["videos"] == "1, 3 moments"


def test_copies_of_a_film_are_duplicates_and_its_moments_are_none(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    """Shots that look the same are no reason to throw a film away."""
    path = photos / "holiday.mp4"
    film(library, path, (RED, RED, RED), describer, times=[(0.0, 1.0, 0.0), (1.0, 2.0, 1.0), (2.0, 3.0, 2.0)])
    with library.transaction(write=True) as session:
        session.execute(text("UPDATE image SET perceptual_hash = 5 WHERE id IN (SELECT image_id FROM moment)"))
        video = catalogue.images_at(session, [bytes(path)])[bytes(path)]
        catalogue.put_place(session, b"/copy.mp4", image_id=video, byte_size=9, mtime_ns=1, scan_id=1)
    assert near_duplicates(library) == []
    (group,) = exact_duplicates(library)
    assert group == DuplicateGroup((video,), tuple(sorted((b"/copy.mp4", bytes(path)))))
    assert [copy.path for copy in read_copies(library, group)] == list(group.paths)


def test_to_move_a_moment_is_to_move_its_film(
    library: Library, photos: Path, holiday: list[int], tmp_path: Path
) -> None:
    path = photos / "holiday.mp4"
    path.write_bytes(b"123456789")
    outcomes = list(move_photographs(library, [(moment, bytes(path)) for moment in holiday], tmp_path / "films"))
    assert [outcome.problem for outcome in outcomes] == [""]
    moved = bytes(tmp_path / "films" / "holiday.mp4")
    assert {record.paths for record in library.read(catalogue.images, holiday).values()} == {(moved,)}
    Annotations(library, encode=encode).undo()
    assert path.is_file()
    assert {record.paths for record in library.read(catalogue.images, holiday).values()} == {(bytes(path),)}
