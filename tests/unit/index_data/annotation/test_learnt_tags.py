"""Tags learnt from examples: proposed where they are likely, judged by people, and never a person's word before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.outputs import Caption, Description, Keyword, ModelIdentity
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.annotation.learnt_tags import LEAST_PROBABILITY, TagOutcome, learn_tags
from index_data.annotation.tag_queue import tag_queue
from index_data.catalogue.conditions import Tagged
from index_data.catalogue.records import ImageFacts
from index_data.errors import UnknownTagError
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.maintenance.merge import merge
from tests.libraries import new_library, opened_library
from tests.unit.index_data.conftest import encode

MODEL = ModelIdentity("drawn", "d" * 64, 24)
KINDS, EACH = 5, 24
DOGS = range(1, EACH + 1)
"""The photographs of the first kind; those of the others have higher numbers."""


def no_place(name: str) -> NDArray[np.float32] | None:
    """The name of a tag says nothing."""
    return None


def learn(library: Library, *names: str, dry_run: bool = False) -> dict[str, TagOutcome]:
    return {outcome.name: outcome for outcome in learn_tags(library, names, dry_run=dry_run, place=no_place)}


def proposed(library: Library, name: str = "Ben") -> set[int]:
    return {tag.image_id for tag in library.read(catalogue.proposed_tags, name)}


def found(library: Library, *, proposals: bool) -> set[int]:
    return set(library.read(catalogue.matching_images, [Tagged("ben", proposed=proposals)]))


def fill(library: Library) -> None:
    """Adds photographs of several kinds, each of which lies in a direction of its own."""
    rng = np.random.default_rng(4)
    centres = rng.standard_normal((KINDS, MODEL.dimension))
    vectors = np.repeat(centres, EACH, axis=0) + 0.6 * rng.standard_normal((KINDS * EACH, MODEL.dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with library.writing(), library.transaction(write=True) as session:
        model, scan = catalogue.model_row(session, MODEL), catalogue.start_scan(session)
        facts = ImageFacts(4, 3, "JPEG", None, None)
        hashes = [number.to_bytes(32, "big") for number in range(1, len(vectors) + 1)]
        images = catalogue.add_images(session, [(content, 9, facts) for content in hashes])
        said = {
            images[content]: Description(Caption("a picture", 0.5), (Keyword("sea", 0.5),), vector, vector)
            for content, vector in zip(hashes, vectors.astype(np.float32), strict=True)
        }
        catalogue.describe_images(session, said, model_id=model)
        for image in said:
            path = b"/photos/%d.jpg" % image
            catalogue.put_place(session, path, image_id=image, byte_size=9, mtime_ns=1, scan_id=scan)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library of them."""
    folder = tmp_path_factory.mktemp("kinds") / "library"
    with new_library(folder) as library:
        fill(library)
    return folder


@pytest.fixture
def library(request: pytest.FixtureRequest, database: str, kinds: Path, tmp_path: Path) -> Iterator[Library]:
    """A library of them."""
    if database == "sqlite":
        with Library.open(Path(shutil.copytree(kinds, tmp_path / "library"))) as copied:
            yield copied
        return
    with opened_library(database, request, tmp_path / "library") as made:
        fill(made)
        yield made


@pytest.fixture
def notes(library: Library) -> Annotations:
    """What people say of its photographs."""
    return Annotations(library, encode=encode)


def test_three_examples_propose_the_tag_where_it_is_likely(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    outcome = learn(library)["Ben"]
    assert (outcome.examples, outcome.refused, outcome.fresh, outcome.obstacle) == (3, 0, True, "")
    waiting = proposed(library)
    assert len(waiting) == outcome.proposed >= 5
    assert not waiting & {1, 2, 3}
    assert len(waiting & set(DOGS)) >= 0.7 * len(waiting)
    # Nothing of it is a person's word.
    assert found(library, proposals=False) == {1, 2, 3}
    assert found(library, proposals=True) == waiting | {1, 2, 3}
    assert all(LEAST_PROBABILITY <= tag.probability < 1 for tag in tag_queue(library))
    doubts = [abs(tag.probability - 0.5) for tag in tag_queue(library)]
    assert doubts == sorted(doubts)
    progress = library.status().tags
    assert (progress.learnt, progress.proposed, progress.changed) == (1, len(waiting), 0)
    assert all(finding.healthy for finding in examine(library) if "proposed" in finding.holds)


def test_what_is_accepted_is_a_persons_word_and_an_example(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    judged = tag_queue(library, name="Ben", least=0.6)
    action = notes.judge_tags(judged, accept=True)
    assert action is not None
    assert set(action.images) == {tag.image_id for tag in judged}
    assert found(library, proposals=False) == {1, 2, 3, *action.images}
    assert not proposed(library) & set(action.images)
    assert learn(library)["Ben"].examples == 3 + len(judged)
    notes.undo()
    assert found(library, proposals=False) == {1, 2, 3}
    assert set(action.images) <= proposed(library)
    notes.redo()
    assert found(library, proposals=False) == {1, 2, 3, *action.images}


def test_what_is_rejected_never_comes_back_unless_it_is_undone(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    wrong = tag_queue(library)[:2]
    images = {tag.image_id for tag in wrong}
    notes.judge_tags(wrong, accept=False)
    for more in range(4, 8):
        notes.tag([image for image in (more,) if image not in images], add=["Ben"])
        learn(library)
        assert not proposed(library) & images
        assert not found(library, proposals=True) & images
    assert learn(library, "Ben")["Ben"].refused == 2
    # What another file says of them stays out, too; what a person says holds.
    assert notes.bring_in({image: ImportedWords(tags=("Ben",)) for image in images}) is None
    notes.tag(sorted(images), add=["Ben"])
    assert found(library, proposals=False) >= images
    notes.undo()
    assert not found(library, proposals=True) & images


def test_a_rejection_that_is_undone_may_be_proposed_again(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    before = proposed(library)
    assert notes.judge_tags(tag_queue(library), accept=False) is not None
    assert proposed(library) == set()
    notes.undo()
    assert proposed(library) == before
    assert not learn(library)["Ben"].fresh


def test_taking_off_a_proposed_tag_rejects_it_and_giving_it_accepts_it(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    first, second = (tag.image_id for tag in tag_queue(library)[:2])
    notes.tag([first], add=["Ben"])
    notes.tag([second], remove=["Ben"])
    assert not {first, second} & proposed(library)
    notes.undo()
    notes.undo()
    assert {first, second} <= proposed(library)
    assert [entry.became for entry in notes.history(first) if entry.subject == "tag"] == ["present"]


def test_tags_that_cannot_be_learnt_say_why(library: Library, notes: Annotations) -> None:
    everything = library.read(catalogue.matching_images, [])
    scattered = [1, EACH + 1, 2 * EACH + 1, 3 * EACH + 1, 4 * EACH + 1]
    notes.tag(everything, add=["mine"])
    notes.tag([1], add=["once"])
    notes.tag(scattered, add=["odd"])
    outcomes = learn(library)
    assert "no photograph left" in outcomes["mine"].obstacle
    assert "from 3 photographs" in outcomes["once"].obstacle
    assert "too little in common" in outcomes["odd"].obstacle
    assert library.read(catalogue.proposed_tags) == []
    with pytest.raises(UnknownTagError, match='no photograph has the tag "Bella"'):
        learn(library, "Bella")


def test_contradictory_examples_propose_little(library: Library, notes: Annotations) -> None:
    """Half of the same kind has the tag, and of the other half a person said that it has not."""
    notes.tag(list(DOGS), add=["Ben"])
    notes.tag(list(DOGS)[::2], remove=["Ben"])
    assert learn(library)["Ben"].refused == EACH // 2
    assert proposed(library) == set()


def test_examples_that_were_undone_teach_nothing(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    assert proposed(library)
    notes.undo()
    assert learn(library) == {}
    assert proposed(library) == set()
    assert library.status().tags.learnt == 0


def test_what_changes_while_it_is_learnt_is_not_learnt(library: Library, notes: Annotations) -> None:
    """Somebody takes the tag back after its examples were read, and before anything is stored."""
    notes.tag([1, 2, 3], add=["Ben"])

    def meanwhile(name: str) -> None:
        with Library.open(library.address) as other:
            Annotations(other, encode=encode).undo()

    assert learn_tags(library, place=meanwhile) == []
    assert proposed(library) == set()


@pytest.mark.every_database
def test_two_that_learn_at_once_propose_each_tag_once(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])

    def meanwhile(name: str) -> None:
        with Library.open(library.address) as other:
            learn(other)

    learn_tags(library, place=meanwhile)
    assert library.status().tags.learnt == 1
    assert len(library.read(catalogue.proposed_tags)) == len(proposed(library)) > 0


def test_learning_that_is_killed_leaves_what_was(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    before = library.read(catalogue.proposed_tags)
    notes.tag([4], add=["Ben"])

    def killed(name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_tags(library, place=killed)
    assert library.read(catalogue.proposed_tags) == [tag for tag in before if tag.image_id != 4]
    assert library.status().tags.changed == 1


def test_only_what_has_changed_is_learnt_anew(library: Library, notes: Annotations) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    notes.tag([EACH + 1, EACH + 2, EACH + 3], add=["sea"])
    assert {name for name, outcome in learn(library, dry_run=True).items() if outcome.fresh} == {"Ben", "sea"}
    assert library.read(catalogue.learnt_tags) == []
    learn(library)
    notes.tag([4], add=["Ben"])
    assert {name for name, outcome in learn(library).items() if outcome.fresh} == {"Ben"}
    assert {name for name, outcome in learn(library, "sea").items() if outcome.fresh} == {"sea"}


@pytest.mark.library_in_a_folder
def test_a_library_that_was_moved_goes_on(library: Library, notes: Annotations, tmp_path: Path) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    before = library.read(catalogue.proposed_tags)
    library.close()
    with Library.open(library.paths.folder.rename(tmp_path / "elsewhere")) as moved:
        assert moved.read(catalogue.proposed_tags) == before
        assert not learn(moved)["Ben"].fresh


def test_a_merge_brings_rejections_and_no_proposals(
    kinds: Path, library: Library, notes: Annotations, tmp_path: Path
) -> None:
    notes.tag([1, 2, 3], add=["Ben"])
    learn(library)
    wrong = tag_queue(library)[:2]
    notes.judge_tags(wrong, accept=False)
    with Library.open(Path(shutil.copytree(kinds, tmp_path / "ours"))) as ours:
        Annotations(ours, encode=encode).tag([5, 6, 7], add=["Ben"])
        learn(ours)
        merge(ours, library.address)
        rejected = {tag.image_id for tag in wrong}
        assert not proposed(ours) & (rejected | {1, 2, 3})
        learn(ours)
        assert not found(ours, proposals=True) & (rejected - {5, 6, 7})
        assert found(ours, proposals=False) >= {1, 2, 3}
