"""Moments of films are found, described and annotated as photographs are; the film itself is neither."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.records import Moment
from index_data.library import Library
from index_data.maintenance.prune import prune
from tests.unit.index_data.conftest import FakeDescriber, encode, film, index

RED, GREEN, BLUE, GREY = (250, 0, 0), (0, 250, 0), (0, 0, 250), (90, 90, 90)


@pytest.fixture
def holiday(library: Library, photos: Path, describer: FakeDescriber) -> list[int]:
    """The moments of a film of three shots, beside seven photographs."""
    index(library, photos, describer)
    return film(library, photos / "holiday.mp4", (RED, GREEN, BLUE), describer)


def said(library: Library, images: list[int]) -> dict[int, str]:
    return {image: record.caption for image, record in library.read(catalogue.images, images).items()}


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
        assert sorted(catalogue.images_by_path(session)) == sorted(catalogue.images_by_date(session)) == shown
        assert catalogue.ImageVectors(session, describer.identity.id).ids().tolist() == shown
        assert catalogue.words_of(session, holiday)[holiday[1]].paths == (os.fsdecode(path),)
        assert catalogue.dates_of(session, holiday)[holiday[0]].moment is not None
        known = catalogue.known_places(session, describer.identity.id)
        assert known[path].described
        catalogue.remove_places(session, [path])
        assert catalogue.shown_images(session) == list(range(1, 8))


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
    assert prune(library) == 4
    with library.transaction() as session:
        assert set(session.execute(text("SELECT id FROM image")).scalars()) == set(range(1, 8))
