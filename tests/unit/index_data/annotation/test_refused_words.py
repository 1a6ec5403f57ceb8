"""What a person refused stays out, however often it is brought in; what a person typed here goes before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.errors import NoWordsError
from index_data.library import Library
from index_data.maintenance.merge import merge
from tests.unit.index_data.catalogue.test_migrate import migrate
from tests.unit.index_data.conftest import FakeDescriber, encode, index

THEIRS = {1: ImportedWords(("words of the scanner",), ("harbour", "boats"))}


@pytest.fixture
def notes(library: Library, photos: Path, describer: FakeDescriber) -> Annotations:
    """Of a library of seven described images."""
    index(library, photos, describer)
    return Annotations(library, encode=encode)


def shown(notes: Annotations) -> str:
    return notes.captions([1])[1][0].text


def nothing(notes: Annotations) -> None:
    """The person does nothing."""


def edited(notes: Annotations) -> None:
    notes.edit(1, "our dog Ben")


def edited_twice(notes: Annotations) -> None:
    notes.edit(1, "our dog")
    notes.edit(1, "our dog Ben")


def edited_and_back(notes: Annotations) -> None:
    notes.edit(1, "something else")
    notes.undo()
    notes.edit(1, "our dog Ben")


@pytest.mark.parametrize("change", [edited, edited_twice, edited_and_back])
@pytest.mark.parametrize("before", [True, False])
def test_a_later_edit_stays_shown(notes: Annotations, change: Callable[[Annotations], None], before: bool) -> None:
    if before:
        notes.bring_in(THEIRS)
    change(notes)
    for _ in range(2):
        notes.bring_in(THEIRS)
        assert shown(notes) == "our dog Ben"
    # Also where another program wrote something new in the meantime.
    notes.bring_in({1: ImportedWords(("words of another program",))})
    assert shown(notes) == "our dog Ben"


def test_an_edit_goes_before_words_that_come_later(notes: Annotations) -> None:
    notes.edit(1, "our dog Ben")
    assert notes.bring_in(THEIRS) is not None
    assert [one.text for one in notes.captions([1])[1] if one.active][:2] == ["our dog Ben", "words of the scanner"]


def test_a_rejected_caption_stays_out(notes: Annotations) -> None:
    notes.bring_in(THEIRS)
    notes.reject([1])
    assert notes.bring_in(THEIRS) is None
    assert "words of the scanner" not in [one.text for one in notes.captions([1])[1] if one.active]
    assert notes.count_refused(THEIRS) == 1
    # A model's sentence, too, whoever brings it.
    proposed = shown(notes)
    notes.reject([1])
    assert notes.bring_in({1: ImportedWords((proposed,))}) is None


def test_a_removed_tag_stays_out_until_a_person_gives_it_again(notes: Annotations) -> None:
    notes.bring_in(THEIRS)
    notes.tag([1], remove=["harbour"])
    assert notes.bring_in(THEIRS) is None
    assert notes.tags([1])[1] == ("boats",)
    assert notes.count_refused(THEIRS) == 1
    notes.tag([1], add=["harbour"])
    notes.tag([1], remove=["boats"])
    notes.undo()
    assert notes.count_refused(THEIRS) == 0
    assert notes.tags([1])[1] == ("boats", "harbour")


def test_what_was_only_undone_comes_in_again(notes: Annotations) -> None:
    notes.bring_in(THEIRS)
    notes.undo()
    assert notes.count_refused(THEIRS) == 0
    assert notes.bring_in(THEIRS) is not None
    assert (shown(notes), notes.tags([1])[1]) == ("words of the scanner", ("boats", "harbour"))


def test_words_that_a_person_wrote_again_are_welcome(notes: Annotations) -> None:
    notes.bring_in(THEIRS)
    notes.edit(1, "our dog Ben")
    notes.edit(1, "words of the scanner")
    assert notes.count_refused(THEIRS) == 0
    assert shown(notes) == "words of the scanner"


def test_other_photographs_do_not_remember(notes: Annotations) -> None:
    notes.bring_in(THEIRS)
    notes.edit(1, "our dog Ben")
    notes.tag([1], remove=["harbour"])
    assert notes.bring_in({2: THEIRS[1]}) is not None
    assert notes.tags([2])[2] == ("boats", "harbour")


def test_a_merge_brings_back_no_tag_and_undoes_no_later_edit(
    tmp_path: Path,
    notes: Annotations,
    library: Library,
    photos: Path,
    describer: FakeDescriber,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index_data.text_encoders.TextEncoders.encode", lambda _, model, texts: encode(model, texts))
    with Library.open(tmp_path / "other", create=True) as other:
        index(other, photos, describer)
        others = Annotations(other, encode=encode)
        others.edit(1, "an older edit")
        others.tag([1], add=["harbour", "boats"])
        others.edit(2, "the only edit")
    notes.tag([1], add=["harbour"])
    notes.tag([1], remove=["harbour"])
    notes.edit(1, "our dog Ben")
    merge(library, tmp_path / "other")
    assert shown(notes) == "our dog Ben"
    assert notes.tags([1])[1] == ("boats",)
    assert notes.captions([2])[2][0].text == "the only edit"


@pytest.mark.library_in_a_folder
def test_an_upgrade_knows_what_was_imported(notes: Annotations, library: Library) -> None:
    notes.bring_in(THEIRS)
    notes.edit(2, "typed")
    for revision in ("0005", "head"):
        migrate(library.paths, revision)
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        rows = connection.execute("SELECT text, imported FROM caption WHERE author = 'person' ORDER BY id").fetchall()
    assert rows == [("words of the scanner", 1), ("typed", 0)]


@pytest.mark.parametrize("words", ["M\udcf6we", "\udcff", "a \ud83d b"])
def test_bytes_that_are_not_text_are_refused_and_not_dropped(notes: Annotations, words: str) -> None:
    with pytest.raises(NoWordsError, match="holds bytes that are not text; write captions and tags in UTF-8"):
        notes.edit(1, words)
    with pytest.raises(NoWordsError, match="holds bytes that are not text"):
        notes.tag([1], add=[words])
