"""Two libraries become one: by content, with what people said, and without saying anything twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.albums import add_to_album, remove_from_album, save_search
from index_data.annotation.actions import Annotations
from index_data.catalogue.conditions import Mark
from index_data.catalogue.merged import Merged
from index_data.errors import (
    LibraryDamagedError,
    LibraryLockedError,
    LibraryMissingError,
    LibraryTooNewError,
    SameLibraryError,
)
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.maintenance.merge import merge
from index_data.scan.pipeline import index_folders
from tests.tiny_model import write_tiny_model
from tests.unit.index_data.catalogue.test_migrate import rows
from tests.unit.index_data.conftest import FakeDescriber, encode, film, paint


@pytest.fixture
def captioner(tiny_model: Path) -> LazyCaptioner:
    return LazyCaptioner.open(tiny_model)


@pytest.fixture
def other(tmp_path: Path, empty_library: Path, captioner: LazyCaptioner, photos: Path) -> Iterator[Library]:
    """A library of the seven photographs with a person's words."""
    with Library.open(Path(shutil.copytree(empty_library, tmp_path / "other"))) as opened:
        list(index_folders(opened, [photos], captioner))
        notes = Annotations(opened)
        notes.edit(1, "a dog on the beach")
        notes.accept([2])
        notes.reject([3])
        notes.tag([1, 4], add=["summer"])
        notes.mark([4], {Mark.RATING: "4"})
        add_to_album(opened, "Holiday", [4, 1])
        save_search(opened, "Beaches", "beach")
        yield opened


def said(library: Library) -> list[tuple[object, ...]]:
    """What is known of every image, whatever the rows' numbers."""
    with library.transaction() as session:
        return [
            *session.execute(
                text(
                    "SELECT content_hash, caption.text, author, key, state, confidence FROM image"
                    " LEFT JOIN caption ON caption.image_id = image.id LEFT JOIN model ON model.id = model_id"
                    " ORDER BY 1, 3, 5, 2"
                )
            ).all(),
            *session.execute(
                text("SELECT content_hash, name FROM image JOIN tag ON image_id = image.id ORDER BY 1, 2")
            ),
            *session.execute(text("SELECT content_hash, path FROM image JOIN place ON image_id = image.id ORDER BY 2")),
            *session.execute(
                text("SELECT content_hash, word FROM image JOIN keyword ON image_id = image.id ORDER BY 1, 2")
            ),
            *session.execute(
                text("SELECT content_hash, vector FROM image JOIN image_vector ON image_id = image.id ORDER BY 1")
            ),
        ]


def healthy(library: Library) -> bool:
    return [one.faults for one in examine(library) if not one.healthy] == []


def test_an_empty_library_takes_everything(library: Library, other: Library) -> None:
    assert merge(library, other.paths.folder) == Merged(
        images=7, videos=0, moments=0, places=7, captions=8, tags=2, marks=1, albums=2
    )
    assert said(library) == said(other)
    assert healthy(library)
    (model,) = library.read(catalogue.answering_models)
    assert len(library.indexes.image(model)) == 7
    with library.transaction() as session:
        origins = "SELECT a.text, b.text FROM caption a JOIN caption b ON b.id = a.origin_id"
        assert [row[0] for row in session.execute(text(origins))] == ["a dog on the beach"]


def test_taking_it_again_changes_nothing(library: Library, other: Library) -> None:
    merge(library, other.paths.folder)
    before = said(library)
    assert merge(library, other.paths.folder) == Merged(0, 0, 0, 0, 0, 0, 0, 0)
    assert said(library) == before


def test_a_mark_of_a_kind_that_was_judged_here_stays_out(
    library: Library, other: Library, captioner: LazyCaptioner, photos: Path
) -> None:
    list(index_folders(library, [photos], captioner))
    notes = Annotations(library)
    notes.mark([4], {Mark.RATING: "2", Mark.LABEL: "red"})
    merge(library, other.paths.folder)
    assert library.read(catalogue.marks_of, [4]) == {4: {Mark.RATING: "2", Mark.LABEL: "red"}}


def test_albums_become_one_by_their_names(
    library: Library, other: Library, captioner: LazyCaptioner, photos: Path
) -> None:
    list(index_folders(library, [photos], captioner))
    add_to_album(library, "holiday", [2, 4])
    remove_from_album(library, "holiday", [4])
    add_to_album(library, "BEACHES", [3])
    for _ in range(2):
        merge(library, other.paths.folder)
        albums = library.read(catalogue.albums)
        assert [(album.name, album.query, album.count) for album in albums] == [
            ("BEACHES", None, 1),
            ("Beaches (2)", "beach", 0),
            ("holiday", None, 2),
        ]
        # What a person took out here stays out, and theirs come after ours.
        assert list(library.read(catalogue.positions_in, albums[2].album_id)) == [2, 1]
    assert healthy(library)


def test_the_other_library_stays_as_it_is(library: Library, other: Library) -> None:
    before = rows(other.paths)
    merge(library, other.paths.folder)
    assert rows(other.paths) == before


def test_what_a_person_said_there_counts_for_what_only_a_model_said_here(
    library: Library, other: Library, captioner: LazyCaptioner, photos: Path
) -> None:
    paint(photos / "mine.png", (9, 9, 9))
    list(index_folders(library, [photos], captioner))
    assert merge(library, other.paths.folder) == Merged(
        images=0, videos=0, moments=0, places=0, captions=1, tags=2, marks=1, albums=2
    )
    with library.transaction() as session:
        states = session.execute(text("SELECT author, state, count(*) FROM caption GROUP BY 1, 2 ORDER BY 1, 2")).all()
    assert [tuple(row) for row in states] == [
        ("model", "accepted", 1),
        ("model", "edited", 1),
        ("model", "proposed", 5),
        ("model", "rejected", 1),
        ("person", "accepted", 1),
    ]
    assert healthy(library)


def test_what_two_models_say_of_one_image_stays_ours(
    library: Library, other: Library, photos: Path, tmp_path: Path
) -> None:
    ours = LazyCaptioner.open(write_tiny_model(tmp_path / "ours.safetensors", name="ours", seed=5))
    list(index_folders(library, [photos], ours))
    before = library.read(catalogue.images, list(range(1, 8)))
    merge(library, other.paths.folder)
    assert [model.name for model in library.read(catalogue.answering_models)] == ["ours"]
    after = library.read(catalogue.images, list(range(1, 8)))
    assert {key: one.paths for key, one in after.items()} == {key: one.paths for key, one in before.items()}
    assert "a dog on the beach" in {one.caption for one in after.values()}
    # A person's words are found by the model that answers here.
    assert healthy(library)
    assert len(library.indexes.caption(ours.identity)) == 9


def test_images_of_another_model_are_found_by_that_model(library: Library, other: Library, tmp_path: Path) -> None:
    ours = LazyCaptioner.open(write_tiny_model(tmp_path / "ours.safetensors", name="ours", seed=5))
    paint(tmp_path / "mine" / "a.png", (200, 9, 9))
    list(index_folders(library, [tmp_path / "mine"], ours))
    merge(library, other.paths.folder)
    assert sorted(model.name for model in library.read(catalogue.answering_models)) == ["ours", "tiny"]
    assert healthy(library)


@pytest.mark.library_in_a_folder
def test_what_cannot_be_merged_leaves_the_library_as_it_was(library: Library, other: Library, tmp_path: Path) -> None:
    before = rows(library.paths)
    with pytest.raises(LibraryMissingError, match="there is no library in"):
        merge(library, tmp_path / "nowhere")
    with pytest.raises(SameLibraryError, match="is this library itself"):
        merge(library, library.paths.folder)
    with library.writing(), pytest.raises(LibraryLockedError), Library.open(library.paths.folder) as again:
        merge(again, other.paths.folder)
    with other.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LibraryTooNewError):
        merge(library, other.paths.folder)
    other.close()
    other.paths.catalogue.write_text("no database " * 1000)
    with pytest.raises(LibraryDamagedError):
        merge(library, other.paths.folder)
    assert rows(library.paths) == before


def test_films_come_with_their_moments_and_what_is_divided_here_stays(
    library: Library, other: Library, photos: Path
) -> None:
    """Of a film that both know, only moments of which people said anything come beside ours."""
    ours, theirs = FakeDescriber("ours"), FakeDescriber("theirs")
    colours = ((250, 0, 0), (0, 250, 0), (0, 0, 250))
    shots = [(0.0, 4.0, 2.0), (4.0, 8.0, 6.0), (8.0, 30.0, 20.0)]
    film(library, photos / "both.mp4", colours, ours)
    moments = film(other, photos / "both.mp4", colours, theirs, times=shots)
    film(other, photos / "only.mp4", colours[:2], theirs)
    Annotations(other, encode=encode).tag([moments[1]], add=["theirs"])
    merged = merge(library, other.paths.folder)
    assert (merged.images, merged.videos, merged.moments) == (7, 1, 3)
    with library.transaction() as session:
        at = catalogue.images_named(session, [bytes(photos / "both.mp4"), bytes(photos / "only.mp4")])
        times = [moment for moment, _ in catalogue.moments_among(session, at[bytes(photos / "both.mp4")]).values()]
        assert sorted(moment.time for moment in times) == [5.0, 6.0, 15.0, 25.0]
        assert len(at[bytes(photos / "only.mp4")]) == 2
        (tagged,) = (
            image for image, tags in catalogue.tags_of(session, at[bytes(photos / "both.mp4")]).items() if tags
        )
        assert catalogue.moments_among(session, [tagged])[tagged][0] == (4.0, 8.0, 6.0)
    counts = library.read(catalogue.count_images)
    assert (counts.videos, counts.moments) == (2, 6)
    assert merge(library, other.paths.folder) == Merged(0, 0, 0, 0, 0, 0, 0, 0)
