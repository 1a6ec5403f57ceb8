from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from index_data import catalogue
from index_data.catalogue import counters
from index_data.catalogue.counters import advance
from index_data.catalogue.fragments import CHUNK, chunks
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, index


def test_chunks_are_whole_and_in_order() -> None:
    parts = list(chunks(range(2 * CHUNK + 1)))
    assert [len(part) for part in parts] == [CHUNK, CHUNK, 1]
    assert [one for part in parts for one in part] == list(range(2 * CHUNK + 1))
    assert list(chunks([])) == []


def test_more_numbers_than_sqlite_takes_variables(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    assert len(library.read(catalogue.images, range(1, 70_000))) == 7
    assert len(library.read(catalogue.captions, range(1, 70_000))) == 7
    with library.transaction() as session:
        catalogue.remove_places(session, [b"%d" % number for number in range(70_000)])
        catalogue.remove_problems(session, [b"%d" % number for number in range(70_000)])


def test_counters_grow_from_nothing(library: Library) -> None:
    with library.transaction() as session:
        assert counters.counter(session, "x") == 0
        for expected in (1, 2, 3):
            advance(session, "x")
            assert counters.counter(session, "x") == expected


@pytest.mark.every_database
def test_vectors_come_back_as_they_were_stored(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        for vectors in (catalogue.ImageVectors, catalogue.CaptionVectors):
            stored = vectors(session, describer.identity.id)
            rows = stored.read(stored.ids().tolist())
            assert sorted(rows.ids.tolist()) == stored.ids().tolist()
            np.testing.assert_array_equal(stored.read(rows.ids[2:3].tolist()).vectors, rows.vectors[2:3])
            assert rows.vectors.shape == (7, 4)
            assert rows.vectors.dtype == np.float32
            np.testing.assert_allclose(np.linalg.norm(rows.vectors, axis=1), 1, rtol=1e-6)
            nothing = vectors(session, "no such model")
            assert nothing.ids().tolist() == []
            assert nothing.read(stored.ids().tolist()).vectors.shape == (0, 0)


def test_a_rejected_caption_is_neither_shown_nor_found(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        session.execute(text("UPDATE caption SET state = 'rejected' WHERE id = 1"))
        assert 1 not in catalogue.CaptionVectors(session, describer.identity.id).ids()
        image = session.execute(text("SELECT image_id FROM caption WHERE id = 1")).scalar_one()
    assert library.read(catalogue.images, [image])[image].caption == ""


@pytest.mark.every_database
def test_an_accepted_caption_goes_before_a_newer_proposal(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        session.execute(text("UPDATE caption SET state = 'accepted'"))
    index(library, photos, FakeDescriber("other"))
    assert library.status().captions == {("model", "accepted"): 7, ("model", "proposed"): 7}
    assert all(
        record.caption.startswith("fake sees") for record in library.read(catalogue.images, range(1, 8)).values()
    )


def test_models_are_numbered_once(library: Library) -> None:
    with library.transaction() as session:
        first = catalogue.model_row(session, FakeDescriber().identity)
        assert catalogue.model_row(session, FakeDescriber("other").identity) != first
        assert catalogue.model_row(session, FakeDescriber().identity) == first


def test_a_problem_without_a_stamp_matches_no_file(library: Library) -> None:
    with library.transaction() as session:
        catalogue.put_problem(session, b"/a", stamp=None, reason="closed")
        catalogue.put_problem(session, b"/b", stamp=(0, 0), reason="empty")
        catalogue.put_problem(session, b"/b", stamp=(5, 6), reason="damaged")
        assert catalogue.known_problems(session) == {b"/a": (-1, 0, "closed"), b"/b": (5, 6, "damaged")}
