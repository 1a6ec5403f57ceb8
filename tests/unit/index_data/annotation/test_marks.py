"""Ratings, picks, colours and favourites: found by filters, undone, told, and carried by sidecars."""

from __future__ import annotations

from pathlib import Path

import pytest

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.catalogue.conditions import NO_MARK, Mark, Marked
from index_data.errors import MarkError
from index_data.exchange.notes import Noted
from index_data.exchange.sidecars import merged
from index_data.exchange.transfer import bring_in, read_photographs, write_sidecars
from index_data.exchange.xmp import read_xmp
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, encode, index

STARS, RED = {Mark.RATING: "4"}, {Mark.LABEL: "red"}


@pytest.fixture
def notes(library: Library, photos: Path, describer: FakeDescriber) -> Annotations:
    """Of a library of seven described images."""
    index(library, photos, describer)
    return Annotations(library, encode=encode)


def marks(library: Library) -> dict[int, dict[Mark, str]]:
    return library.read(catalogue.marks_of, range(1, 8))


def meeting(library: Library, mark: Mark, *values: str) -> list[int]:
    return library.read(catalogue.matching_images, [Marked(mark, values)])


def test_marks_are_set_found_taken_back_and_told(library: Library, notes: Annotations) -> None:
    action = notes.mark([1, 2, 2], STARS | RED)
    assert action is not None
    assert (action.kind, action.images) == ("mark", (1, 2))
    assert notes.mark([1], STARS) is None
    assert notes.mark([2, 3], {Mark.RATING: "5"}, dry_run=True) is not None
    notes.mark([2], {Mark.RATING: "2", Mark.LABEL: NO_MARK})
    assert marks(library) == {1: STARS | RED, 2: {Mark.RATING: "2"}}
    assert meeting(library, Mark.RATING, "4", "5") == [1]
    assert meeting(library, Mark.RATING, NO_MARK, "2") == [2, 3, 4, 5, 6, 7]
    assert meeting(library, Mark.LABEL, NO_MARK) == [2, 3, 4, 5, 6, 7]
    assert library.read(catalogue.details, 1).marks == STARS | RED  # type: ignore[union-attr]
    notes.undo()
    assert marks(library) == {1: STARS | RED, 2: STARS | RED}
    told = [(entry.text, entry.became, entry.subject) for entry in notes.history(2) if not entry.undone_at]
    assert told[-2:] == [("rating", "4", "mark"), ("label", "red", "mark")]
    notes.undo()
    assert marks(library) == {}
    notes.redo()
    assert marks(library) == {1: STARS | RED, 2: STARS | RED}


def test_a_value_that_a_mark_cannot_have(notes: Annotations) -> None:
    with pytest.raises(MarkError, match='"6" is no rating; choose 1, 2, 3, 4, 5, none'):
        notes.mark([1], {Mark.RATING: "6"})


def test_marks_from_elsewhere_leave_what_a_person_judged_here(library: Library, notes: Annotations) -> None:
    notes.mark([1], STARS)
    notes.mark([2], STARS)
    notes.mark([2], {Mark.RATING: NO_MARK})
    words = ImportedWords(marks=((Mark.RATING, "1"), (Mark.LABEL, "red")))
    notes.bring_in({1: words, 2: words, 3: words})
    assert marks(library) == {1: STARS | RED, 2: RED, 3: {Mark.RATING: "1"} | RED}
    assert notes.bring_in({1: words, 2: words, 3: words}) is None


def test_a_sidecar_carries_them_to_another_library(
    tmp_path: Path, library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    notes.mark([1], STARS | RED | {Mark.FAVOURITE: "yes"})
    notes.mark([2], {Mark.PICK: "rejected"} | STARS)
    notes.mark([3], {Mark.PICK: "picked"})
    assert write_sidecars(library).written == 2
    assert write_sidecars(library).unchanged == 2
    with Library.open(tmp_path / "other", create=True) as other:
        index(other, photos, describer)
        bring_in(other, [said for said in read_photographs(other) if isinstance(said, Noted)])
        with other.transaction() as session:
            known = sorted(tuple(sorted(of.items())) for of in catalogue.marks_of(session, range(1, 8)).values())
    assert known == [((Mark.LABEL, "red"), (Mark.RATING, "4")), ((Mark.PICK, "rejected"),)]


def test_what_somebody_changed_in_a_sidecar_since_stays() -> None:
    packet = merged(None, caption=None, tags=(), marks=STARS | RED)
    assert dict(read_xmp(packet).marks) == STARS | RED
    theirs = packet.replace(b'xmp:Rating="4"', b'xmp:Rating="2"').replace(b'ns0:Rating="4"', b'ns0:Rating="2"')
    assert dict(read_xmp(theirs).marks)[Mark.RATING] == "2"
    assert merged(theirs, caption=None, tags=(), marks=STARS | RED) is theirs
    # A new rating here is newer than theirs, and so is taking off what we wrote.
    assert dict(read_xmp(merged(theirs, caption=None, tags=(), marks={Mark.RATING: "5"})).marks) == {Mark.RATING: "5"}
    assert read_xmp(merged(packet, caption=None, tags=(), marks={})).marks == ()
