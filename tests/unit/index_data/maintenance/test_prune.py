from __future__ import annotations

from pathlib import Path

import pytest

from index_data import catalogue
from index_data.albums import add_to_album
from index_data.annotation.actions import Annotations
from index_data.catalogue.conditions import Mark
from index_data.errors import LibraryLockedError
from index_data.library import Library
from index_data.maintenance.prune import prune
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, encode, index, row_counts


@pytest.fixture
def half_gone(library: Library, photos: Path, describer: FakeDescriber) -> Library:
    """Of seven images four are gone: one was edited, one accepted, one tagged, one just described."""
    index(library, photos, describer)
    ids = library.read(catalogue.images_at, [bytes(photos / f"{number}.png") for number in range(4)])
    gone = list(ids.values())
    notes = Annotations(library, encode=encode)
    notes.edit(gone[0], "mine")
    notes.accept([gone[1]])
    notes.tag([gone[2]], add=["kept"])
    for number in range(4):
        (photos / f"{number}.png").unlink()
    index(library, photos, describer)
    return library


def test_what_people_said_is_kept_unless_all_is_asked_for(
    half_gone: Library, photos: Path, describer: FakeDescriber
) -> None:
    assert row_counts(half_gone)["image"] == 7
    assert prune(half_gone, dry_run=True) == 1
    assert prune(half_gone, everything=True, dry_run=True) == 4
    assert row_counts(half_gone)["image"] == 7
    assert prune(half_gone) == 1
    assert row_counts(half_gone)["image"] == 6
    assert prune(half_gone) == 0
    assert prune(half_gone, everything=True) == 3
    left = row_counts(half_gone)
    assert (left["image"], left["caption"], left["image_vector"], left["caption_vector"]) == (3, 3, 3, 3)
    assert (left["tag"], left["change"]) == (0, 0)
    index(half_gone, photos, describer)
    check_invariants(half_gone, photos, describer.identity)


def test_what_a_person_rated_or_put_into_an_album_is_kept(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    ids = library.read(catalogue.images_at, [bytes(photos / f"{number}.png") for number in range(3)])
    rated, collected, _ = ids.values()
    Annotations(library, encode=encode).mark([rated], {Mark.RATING: "4"})
    add_to_album(library, "Holiday", [collected])
    for number in range(3):
        (photos / f"{number}.png").unlink()
    index(library, photos, describer)
    assert prune(library) == 1
    assert library.read(catalogue.albums)[0].count == 0
    assert prune(library, everything=True) == 2
    left = row_counts(library)
    assert (left["mark"], left["album_image"], left["album"], left["change"]) == (0, 0, 1, 0)


def test_shown_images_are_never_forgotten(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    assert prune(library, everything=True) == 0
    assert row_counts(library)["image"] == 7


def test_nothing_is_forgotten_while_another_process_writes(half_gone: Library) -> None:
    with half_gone.writing(), pytest.raises(LibraryLockedError):
        prune(half_gone)
