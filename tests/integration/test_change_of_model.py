"""A library that another model describes anew: what was found stays found, what people wrote stays written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from captioning.describer import unheard
from captioning.outputs import Description
from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, index, paint


class Tired(FakeDescriber):
    """Describes one batch and gives up."""

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        if self.described:
            raise KeyboardInterrupt
        return super().describe(pixels, looked=looked)


@pytest.fixture
def half(library: Library, photos: Path, describer: FakeDescriber) -> Library:
    """Seven images by the first model, three of them by the second too."""
    index(library, photos, describer)
    with pytest.raises(KeyboardInterrupt):
        index(library, photos, Tired("later"))
    return library


def test_every_image_is_found_by_the_newest_model_that_described_it(half: Library, describer: FakeDescriber) -> None:
    later = FakeDescriber("later").identity
    assert half.read(catalogue.answering_models) == [later, describer.identity]
    new, old = half.indexes.image(later), half.indexes.image(describer.identity)
    assert (len(new), len(old)) == (3, 4)
    assert set(new.ids().tolist()) | set(old.ids().tolist()) == set(half.read(catalogue.shown_images))
    assert (len(half.indexes.caption(later)), len(half.indexes.caption(describer.identity))) == (3, 4)
    shown = [record.caption for record in half.read(catalogue.images, half.read(catalogue.shown_images)).values()]
    assert sorted(caption.split()[0] for caption in shown) == ["fake"] * 4 + ["later"] * 3
    assert all(
        record.keywords == ("colour",)
        for record in half.read(catalogue.images, half.read(catalogue.shown_images)).values()
    )
    assert half.paths.text_encoder(describer.identity.id).is_file()


def test_the_earlier_model_goes_when_the_later_has_described_all(
    half: Library, photos: Path, describer: FakeDescriber
) -> None:
    later = FakeDescriber("later")
    assert index(half, photos, later) == ScanCounts(unchanged=7)
    assert later.described == 4
    assert half.read(catalogue.answering_models) == [later.identity]
    check_invariants(half, photos, later.identity)
    assert not half.paths.text_encoder(describer.identity.id).exists()
    assert not half.paths.index("images", describer.identity.id).exists()
    assert half.status().captions == {("model", "proposed"): 7}


def test_an_image_without_a_place_keeps_its_words_until_it_is_back(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    away = (photos / "1.png").rename(photos.parent / "away.png")
    index(library, photos, describer)
    later = FakeDescriber("later")
    index(library, photos, later)
    assert library.read(catalogue.answering_models) == [later.identity, describer.identity]
    away.rename(photos / "1.png")
    assert index(library, photos, later) == ScanCounts(unchanged=6, new=1)
    assert library.read(catalogue.answering_models) == [later.identity]
    check_invariants(library, photos, later.identity)


def test_a_model_that_comes_back_is_the_newest(half: Library, photos: Path, describer: FakeDescriber) -> None:
    later = FakeDescriber("later")
    index(half, photos, later)
    index(half, photos, describer)
    assert half.read(catalogue.answering_models) == [describer.identity]
    assert half.paths.text_encoder(describer.identity.id).is_file()
    check_invariants(half, photos, describer.identity)


def test_what_people_wrote_or_accepted_stays_and_is_found_by_the_later_model(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        session.execute(text("UPDATE caption SET author = 'person', model_id = NULL, text = 'my words' WHERE id = 1"))
        session.execute(text("UPDATE caption SET state = 'accepted' WHERE id = 2"))
        session.execute(text("UPDATE caption SET state = 'rejected' WHERE id = 3"))
    later = FakeDescriber("later")
    index(library, photos, later)
    found = set(library.indexes.caption(later.identity).ids().tolist())
    assert {1, 2} <= found
    assert 3 not in found
    assert library.status().captions == {
        ("model", "accepted"): 1,
        ("model", "proposed"): 7,
        ("model", "rejected"): 1,
        ("person", "proposed"): 1,
    }
    place = library.indexes.caption(later.identity).search(later.encode_text(["my words"]), 1)[1]
    assert place.tolist() == [[1]]


def test_a_second_folder_alone_does_not_retire_the_earlier_model(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    paint(photos.parent / "more" / "new.png", (1, 2, 3))
    later = FakeDescriber("later")
    index(library, photos.parent / "more", later)
    assert library.read(catalogue.answering_models) == [later.identity, describer.identity]
    assert len(library.indexes.image(later.identity)) == 1
    assert len(library.indexes.image(describer.identity)) == 7
