"""An inverted file is brought up to date by what was touched, and written anew only when much has changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index_data import catalogue
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.vectors import cache
from index_data.vectors.cache import VectorIndexes
from tests.unit.index_data.conftest import TEXT_ENCODERS, FakeDescriber, index, paint


def test_what_came_and_went_is_read_and_no_file_is_written_for_it(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    monkeypatch.setattr(cache, "UNSAVED", 0.5)
    monkeypatch.setattr(cache, "UNSAVED_BY_WRITER", 0.5)
    index(library, photos, describer)
    file = library.paths.index("images", describer.identity.id)
    written = file.read_bytes()
    held = library.indexes.image(describer.identity)

    def current() -> None:
        fresh = VectorIndexes(library.paths, library.transaction)
        with monkeypatch.context() as patch:
            # To ask for all takes longest.
            patch.setattr(catalogue.ImageVectors, "ids", None)
            read = [library.indexes.image(describer.identity), fresh.image(describer.identity)]
        assert read[0] is held
        with library.transaction() as session:
            stored = catalogue.ImageVectors(session, describer.identity.id)
            rows = stored.read(stored.ids().tolist())
        for found in read:
            assert sorted(found.ids().tolist()) == sorted(rows.ids.tolist())
            best = found.search(rows.vectors, 1)[0]
            np.testing.assert_allclose(best[:, 0], 1, atol=1e-6)

    paint(photos / "one more.png", (3, 90, 200))
    index(library, photos, describer)
    current()
    next(path for path in photos.rglob("*.png")).unlink()
    index(library, photos, describer)
    current()
    assert file.read_bytes() == written
    assert [finding.holds for finding in examine(library) if not finding.healthy] == [TEXT_ENCODERS]
    # What the writer leaves, every process must read: it writes sooner than a reader.
    monkeypatch.setattr(cache, "UNSAVED_BY_WRITER", 0.01)
    paint(photos / "another.png", (90, 3, 200))
    index(library, photos, describer)
    former, written = written, file.read_bytes()
    assert written != former
    monkeypatch.setattr(cache, "UNSAVED_BY_WRITER", 0.5)
    for number in range(7):
        paint(photos / f"new {number}.png", (200, 9 * number, 5))
    index(library, photos, describer)
    assert file.read_bytes() != written
    assert len(library.indexes.image(describer.identity)) == 15
