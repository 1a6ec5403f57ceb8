"""People's words: who said what stands, everything is undone and redone, and no model takes a person's words away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from captioning.outputs import Caption
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.annotation.normalize import LONGEST, tidy, visible
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import NothingToUndoError, NoWordsError, UnknownPhotographError
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, encode, index

Snapshot = tuple[object, ...]


@pytest.fixture
def notes(library: Library, photos: Path, describer: FakeDescriber) -> Annotations:
    """Of a library of seven described images."""
    index(library, photos, describer)
    return Annotations(library, encode=encode)


def shown(library: Library, image: int) -> str:
    return library.read(catalogue.images, [image])[image].caption


def snapshot(library: Library) -> Snapshot:
    """What stands: captions, tags, and what is found."""
    with library.transaction() as session:
        standing = (
            "SELECT image_id, text, author, state FROM caption WHERE state IN ('proposed', 'accepted') ORDER BY id"
        )
        return (
            session.execute(text(standing)).all(),
            session.execute(text("SELECT image_id, name FROM tag ORDER BY image_id, name")).all(),
            {
                model.id: sorted(library.indexes.caption(model).ids().tolist())
                for model in library.read(catalogue.answering_models)
            },
        )


def test_accepting_changes_the_state_and_nothing_else(library: Library, notes: Annotations) -> None:
    before = shown(library, 1)
    action = notes.accept([1, 2, 2])
    assert action is not None
    assert (action.kind, action.images) == ("accept", (1, 2))
    assert shown(library, 1) == before
    assert library.status().captions == {("model", "accepted"): 2, ("model", "proposed"): 5}
    assert notes.accept([1, 2]) is None


def test_an_edited_caption_is_the_persons_and_is_found_by_its_words(
    library: Library, notes: Annotations, describer: FakeDescriber
) -> None:
    notes.edit(1, "  my own\twords ")
    assert shown(library, 1) == "my own words"
    first, second = notes.captions([1])[1]
    assert (first.author, first.state, first.model, first.origin_id) == ("person", "accepted", None, second.caption_id)
    assert (second.author, second.state, second.active) == ("model", "edited", False)
    found = library.indexes.caption(describer.identity)
    assert second.caption_id not in found.ids()
    score, place = found.search(encode(describer.identity, ["my own words"]), 1)
    assert place.tolist() == [[first.caption_id]]
    assert score[0, 0] == pytest.approx(1)


def test_the_same_words_accept(library: Library, notes: Annotations) -> None:
    notes.edit(1, shown(library, 1))
    assert library.status().captions == {("model", "accepted"): 1, ("model", "proposed"): 6}
    assert notes.edit(1, shown(library, 1)) is None


def test_rejecting_proposes_the_first_alternative_that_is_new(
    library: Library, notes: Annotations, describer: FakeDescriber
) -> None:
    first = shown(library, 1)
    others = [Caption(first, 0.9), Caption("another one", 0.4), Caption("a third", 0.3)]
    for expected in ("another one", "a third", ""):
        notes.reject([1], model=describer.identity, alternatives={1: others})
        assert shown(library, 1) == expected
    states = [(one.text, one.author, one.state) for one in notes.captions([1])[1]]
    assert states == [(words, "model", "rejected") for words in ("a third", "another one", first)]
    assert notes.reject([1]) is None


def test_a_rejected_edit_leaves_no_caption_and_the_queue_gets_the_image_back(
    library: Library, notes: Annotations
) -> None:
    notes.edit(1, "wrong")
    notes.reject([1])
    assert shown(library, 1) == ""
    notes.undo()
    assert shown(library, 1) == "wrong"


def test_tags_come_and_go(notes: Annotations) -> None:
    notes.tag([1, 2], add=["summer", " my  cat "])
    notes.tag([2, 3], add=["summer"], remove=["my cat", "never there"])
    assert notes.tags([1, 2, 3]) == {1: ("my cat", "summer"), 2: ("summer",), 3: ("summer",)}
    assert notes.tag([1], add=["summer"]) is None
    notes.undo()
    assert notes.tags([1, 2, 3]) == {1: ("my cat", "summer"), 2: ("my cat", "summer")}


@pytest.mark.parametrize("words", ["", " \n", "\x00\x1b", "\ufffe"])
def test_what_cannot_be_seen_is_no_caption_and_no_tag(notes: Annotations, words: str) -> None:
    with pytest.raises(NoWordsError, match="at least one character that can be seen"):
        notes.edit(1, words)
    with pytest.raises(NoWordsError, match="at least one character that can be seen"):
        notes.tag([1], add=[words])


def test_what_is_longer_than_is_kept_is_refused(notes: Annotations) -> None:
    notes.edit(1, "x" * LONGEST)
    with pytest.raises(
        NoWordsError, match="a caption or tag of 10,001 characters is too long; 10,000 are kept at most"
    ):
        notes.edit(2, "x" * (LONGEST + 1))
    with pytest.raises(NoWordsError, match="characters is too long"):
        notes.tag([2], add=["x " * LONGEST])


@given(words=st.text(min_size=1))
def test_tidied_words_stay_as_they_are(words: str) -> None:
    try:
        once = tidy(words)
    except NoWordsError:
        return
    assert tidy(once) == once
    # What cannot be printed has each character looked at.
    assert visible(words) == visible(f"{words}\0")
    assert once.encode().decode() == once


def test_a_path_that_shows_nothing_is_refused(notes: Annotations, photos: Path) -> None:
    known = bytes(photos / "1.png")
    assert len(notes.images_named([known, known])) == 1
    with pytest.raises(UnknownPhotographError, match=r"no photograph or video at .*/no\.png"):
        notes.images_named([known, bytes(photos / "no.png")])


@pytest.mark.every_database
def test_a_bulk_action_is_undone_and_redone_by_another_process(library: Library, notes: Annotations) -> None:
    before = snapshot(library)
    notes.accept(range(1, 8))
    after = snapshot(library)
    with Library.open(library.address) as other:
        undone = Annotations(other, encode=encode).undo()
        assert (undone.kind, undone.state, set(undone.images)) == ("accept", "undone", set(range(1, 8)))
        assert snapshot(library) == before
    assert notes.redo().state == "done"
    assert snapshot(library) == after


def test_a_new_action_ends_what_can_be_redone(library: Library, notes: Annotations) -> None:
    with pytest.raises(NothingToUndoError, match="nothing to undo"):
        notes.undo()
    notes.accept([1])
    notes.undo()
    notes.accept([2])
    with pytest.raises(NothingToUndoError, match="nothing to redo"):
        notes.redo()
    notes.undo()
    with pytest.raises(NothingToUndoError, match="nothing to undo"):
        notes.undo()


def test_a_failing_action_changes_nothing(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    before = snapshot(library)

    def fail(*_: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        raise OSError("the model is gone")

    with pytest.raises(OSError, match="the model is gone"):
        Annotations(library, encode=fail).edit(1, "my words")
    assert snapshot(library) == before
    with pytest.raises(NothingToUndoError):
        Annotations(library, encode=fail).undo()


def test_history_tells_everything(library: Library, notes: Annotations) -> None:
    first = shown(library, 1)
    notes.edit(1, "better")
    notes.tag([1], add=["dog"])
    notes.undo()
    lines = [(e.kind, e.author, e.text, e.subject, e.was, e.became, e.undone_at is not None) for e in notes.history(1)]
    assert lines == [
        ("propose", "model", first, "caption", "", "proposed", False),
        ("edit", "model", first, "caption", "proposed", "edited", False),
        ("edit", "person", "better", "caption", "", "accepted", False),
        ("tag", "person", "dog", "tag", "", "present", True),
    ]


def test_words_from_elsewhere_are_added_once(library: Library, notes: Annotations) -> None:
    proposal = shown(library, 1)
    brought = {1: ImportedWords(("a b", "c d", "a b"), ("x",)), 2: ImportedWords((shown(library, 2),))}
    action = notes.bring_in(brought)
    assert action is not None
    assert action.images == (2, 1)
    assert {one.text for one in notes.captions([1])[1] if one.confirmed} == {"a b", "c d"}
    assert [one.state for one in notes.captions([2])[2]] == ["accepted"]
    assert notes.bring_in(brought) is None
    notes.undo()
    assert (shown(library, 1), notes.tags([1])) == (proposal, {})


def test_no_model_overwrites_a_person(
    library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    notes.edit(1, "my words")
    notes.accept([2])
    notes.tag([1], add=["dog"])
    accepted = shown(library, 2)
    index(library, photos, describer)
    later = FakeDescriber("later")
    index(library, photos, later)
    assert (shown(library, 1), shown(library, 2), notes.tags([1])) == ("my words", accepted, {1: ("dog",)})
    place = library.indexes.caption(later.identity).search(encode(later.identity, ["my words"]), 1)[1]
    assert notes.captions([1])[1][0].caption_id == place[0, 0]


def test_undo_and_redo_outlive_a_change_of_model(
    library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    notes.accept([1])
    accepted = shown(library, 1)
    notes.undo()
    later = FakeDescriber("later")
    index(library, photos, later)
    assert shown(library, 1).startswith("later sees")
    notes.redo()
    assert shown(library, 1) == accepted
    found = library.indexes.caption(later.identity).ids()
    assert notes.captions([1])[1][0].caption_id in found


def perform(notes: Annotations, kind: str, images: list[int], words: str) -> ActionRecord | None:
    match kind:
        case "accept":
            return notes.accept(images)
        case "edit":
            return notes.edit(images[0], words)
        case "reject":
            others = {images[0]: [Caption(words, 0.1)]}
            return notes.reject(images, model=FakeDescriber().identity, alternatives=others)
        case "tag":
            return notes.tag(images, add=["a", "b"])
        case "untag":
            return notes.tag(images, remove=["a"])
        case _:
            return notes.bring_in({images[0]: ImportedWords((words, "same"), ("a",))})


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["accept", "edit", "reject", "tag", "untag", "import"]),
            st.lists(st.integers(1, 7), min_size=1, max_size=4),
        ),
        max_size=8,
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_undoing_and_redoing_everything_comes_back_to_every_state(
    library: Library, notes: Annotations, actions: list[tuple[str, list[int]]]
) -> None:
    states = [snapshot(library)]
    for number, (kind, images) in enumerate(actions):
        done = perform(notes, kind, images, f"words {number}")
        if done is not None:
            states.append(snapshot(library))
    for state in reversed(states[:-1]):
        notes.undo()
        assert snapshot(library) == state
    for state in states[1:]:
        notes.redo()
        assert snapshot(library) == state
    for state in reversed(states[:-1]):
        notes.undo()
        assert snapshot(library) == state


def test_another_sentence_of_the_model_is_chosen_as_one_action(
    library: Library, notes: Annotations, describer: FakeDescriber
) -> None:
    before, first = snapshot(library), shown(library, 1)
    action = notes.choose(1, Caption("another", 0.3), model=describer.identity)
    assert action is not None
    assert (action.kind, action.images) == ("choose", (1,))
    assert [(one.text, one.author, one.state, one.confidence) for one in notes.captions([1])[1]] == [
        ("another", "model", "accepted", 0.3),
        (first, "model", "rejected", 0.5),
    ]
    # The one that was rejected may be chosen after all, and is not stored twice.
    notes.choose(1, Caption(first, 0.5), model=describer.identity)
    assert [(one.text, one.state) for one in notes.captions([1])[1]] == [(first, "accepted"), ("another", "rejected")]
    assert notes.choose(1, Caption(first, 0.5), model=describer.identity) is None
    notes.undo()
    notes.undo()
    assert snapshot(library) == before


def test_choosing_leaves_no_proposal_beside_the_choice(
    library: Library, notes: Annotations, describer: FakeDescriber
) -> None:
    notes.bring_in({1: ImportedWords(("mine",))})
    notes.choose(1, Caption("another", 0.3), model=describer.identity)
    first = notes.captions([1])[1][0]
    assert (first.text, first.state) == ("another", "accepted")
    assert sum(one.active for one in notes.captions([1])[1]) == 1


def test_known_tags_come_by_use(notes: Annotations) -> None:
    assert notes.known_tags() == []
    notes.tag([1, 2], add=["sea"])
    notes.tag([3], add=["dog", "ape"])
    notes.tag([3], remove=["dog"])
    notes.tag([4], add=["bee"])
    assert notes.known_tags() == ["sea", "ape", "bee"]
