from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from captioning.metrics.bleu import corpus_bleu
from index_data import catalogue
from index_data.annotation import uncertainty
from index_data.annotation.actions import Annotations
from index_data.annotation.order import Order, Part
from index_data.annotation.queue import line_up, progress, queue, queue_items
from index_data.annotation.uncertainty import better_share, uncertainties
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, encode, index, paint


@pytest.fixture
def notes(library: Library, photos: Path, describer: FakeDescriber) -> Annotations:
    """Of a library of seven described images."""
    index(library, photos, describer)
    return Annotations(library, encode=encode)


def set_confidence(library: Library, values: dict[int, float]) -> None:
    with library.transaction(write=True) as session:
        for image, value in values.items():
            session.execute(text("UPDATE caption SET confidence = :v WHERE image_id = :i"), {"v": value, "i": image})


@given(st.lists(st.one_of(st.just(float("nan")), st.sampled_from([0.0, 0.5, 1.0]), st.floats(-1, 1)), max_size=20))
def test_the_share_of_better_ones_by_counting(values: list[float]) -> None:
    shares = better_share(np.array(values))
    known = [value for value in values if value == value]
    for value, share in zip(values, shares.tolist(), strict=True):
        if value != value or len(known) < 2:
            assert share == 0.5
        else:
            higher = sum(other > value for other in known) + (sum(other == value for other in known) - 1) / 2
            assert share == pytest.approx(higher / (len(known) - 1))


@pytest.mark.every_database
def test_each_sign_raises_the_uncertainty(library: Library, notes: Annotations, describer: FakeDescriber) -> None:
    images = library.read(catalogue.shown_images)
    calm = uncertainties(library, images)
    assert all(0 <= one.value <= 1 and one.neighbour_agreement is not None for one in calm.values())
    set_confidence(library, {1: 0.01})
    unsure = uncertainties(library, images)
    assert unsure[1].value > calm[1].value
    assert unsure[1].confidence == 0.01
    # Its words now lie far from the picture, and from what its neighbours say.
    with library.transaction(write=True) as session:
        session.execute(text("DELETE FROM caption_vector WHERE caption_id = 1"))
        away = np.array([[-1, 0, 0, 0]], np.float32)
        catalogue.put_caption_vectors(session, [1], away, model_id=catalogue.model_row(session, describer.identity))
    astray = uncertainties(library, images)
    assert astray[1].value == max(one.value for one in astray.values()) == 1
    assert astray[1].similarity < calm[1].similarity
    assert (astray[1].neighbour_agreement or 0) < (calm[1].neighbour_agreement or 0)


def test_neighbours_are_asked_of_the_most_uncertaintyful_only(
    library: Library, notes: Annotations, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_confidence(library, {image: image / 10 for image in range(1, 8)})
    monkeypatch.setattr(uncertainty, "NEIGHBOURS_ASKED", 3)
    doubts = uncertainties(library, library.read(catalogue.shown_images))
    compared = {image for image, one in doubts.items() if one.neighbour_agreement is not None}
    assert len(compared) == 3
    assert min(doubts[image].value for image in compared) >= max(
        one.value for image, one in doubts.items() if image not in compared
    )


def test_the_queue_by_uncertainty_begins_with_what_has_no_caption(library: Library, notes: Annotations) -> None:
    set_confidence(library, {5: 0.001})
    notes.reject([3])
    notes.accept([1])
    waiting = queue(library)
    assert waiting[0].image_id == 3
    assert waiting[0].caption is None
    values = [one.uncertainty.value for one in waiting[1:] if one.uncertainty]
    assert values == sorted(values, reverse=True)
    assert {one.image_id for one in waiting} == {2, 3, 4, 5, 6, 7}
    assert [one.image_id for one in queue(library, limit=2)] == [one.image_id for one in waiting[:2]]


def test_the_queue_by_path_and_by_date(library: Library, notes: Annotations, photos: Path) -> None:
    by_path = queue(library, order=Order.PATH)
    assert [one.paths[0] for one in by_path] == sorted(bytes(path) for path in photos.rglob("*.png"))
    with library.transaction(write=True) as session:
        session.execute(text("UPDATE image SET taken_at = '2001-01-01 00:00:00.000000' WHERE id = 4"))
    assert queue(library, order=Order.DATE)[0].image_id == 4


def test_parts_of_the_library(library: Library, notes: Annotations) -> None:
    notes.edit(2, "mine")
    notes.tag([2], add=["dog"])
    (reviewed,) = queue(library, part=Part.REVIEWED)
    assert reviewed.caption is not None
    assert (reviewed.image_id, reviewed.caption.text, reviewed.tags) == (2, "mine", ("dog",))
    assert len(queue(library, part=Part.ALL)) == 7
    assert len(queue(library)) == 6


def test_a_library_without_captions_has_an_empty_queue(library: Library) -> None:
    assert queue(library) == []
    assert progress(library).waiting == 0
    assert progress(library).models == {}


def test_two_models_each_uncertainty_their_own(library: Library, notes: Annotations, photos: Path) -> None:
    paint(photos.parent / "more" / "new.png", (9, 9, 9))
    index(library, photos.parent / "more", FakeDescriber("later"))
    assert set(uncertainties(library, library.read(catalogue.shown_images))) == set(
        library.read(catalogue.shown_images)
    )


def test_progress_and_agreement(library: Library, notes: Annotations, describer: FakeDescriber) -> None:
    first = {
        image: record.caption
        for image, record in library.read(catalogue.images, library.read(catalogue.shown_images)).items()
    }
    notes.accept([1, 2])
    notes.edit(3, first[3] + " brightly")
    notes.edit(3, first[3] + " very brightly")
    notes.edit(4, "thrown away later")
    notes.reject([4, 5])
    notes.edit(6, "undone")
    notes.undo()
    found = progress(library)
    assert (found.images, found.reviewed, found.waiting) == (7, 3, 4)
    agreement = found.models[describer.identity.id]
    assert (agreement.accepted, agreement.edited, agreement.rejected) == (2, 2, 1)
    assert agreement.unchanged == 2 / 5
    before = [first[image].split() for image in (1, 2, 3)]
    after = [first[1].split(), first[2].split(), [*first[3].split(), "very", "brightly"]]
    assert agreement.bleu_4 == pytest.approx(corpus_bleu(before, [[words] for words in after])[3])
    assert agreement.edit_distance == pytest.approx(2 / 7)


def test_a_queue_of_what_answers_a_query(library: Library, notes: Annotations) -> None:
    notes.accept([6])
    assert line_up(library, order=Order.QUERY, among=[5, 6, 2]).images == (5, 2)
    assert line_up(library, order=Order.QUERY, part=Part.ALL, among=[5, 6, 2]).images == (5, 6, 2)
    whole = line_up(library, order=Order.PATH).images
    assert line_up(library, order=Order.PATH, among=[2, 5]).images == tuple(one for one in whole if one in (2, 5))
    by_uncertainty = line_up(library, among=[5, 2])
    assert set(by_uncertainty.images) == set(by_uncertainty.uncertainties) == {2, 5}
    first, second = (by_uncertainty.uncertainties[image].value for image in by_uncertainty.images)
    assert first >= second
    assert line_up(library, order=Order.QUERY).images == ()


def test_the_shares_tell_which_sign_raised_the_uncertainty(library: Library, notes: Annotations) -> None:
    set_confidence(library, {1: 0.001})
    found = line_up(library).uncertainties
    assert found[1].shares[0] == 1
    for one in found.values():
        assert one.value == pytest.approx(sum(share or 0 for share in one.shares) / 3)


def test_items_are_read_in_the_order_asked_for(library: Library, notes: Annotations) -> None:
    found = line_up(library, order=Order.PATH)
    assert [one.image_id for one in queue_items(library, (3, 99, 1))] == [3, 1]
    assert queue_items(library, found.images) == queue(library, order=Order.PATH)
