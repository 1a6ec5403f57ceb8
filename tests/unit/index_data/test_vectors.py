from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest

from index_data.records import VectorRows
from index_data.vectors import VectorIndex


def rows(count: int, *, first: int = 100, seed: int = 0) -> VectorRows:
    vectors = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return VectorRows(np.arange(first, first + count, dtype=np.int64), vectors)


def test_search_equals_sorting_all_inner_products() -> None:
    stored, asked = rows(50), rows(4, seed=1).vectors
    scores, ids = VectorIndex.build(stored, dimension=6).search(asked, 10)
    products = asked @ stored.vectors.T
    order = np.argsort(-products, axis=1)[:, :10]
    np.testing.assert_array_equal(ids, stored.ids[order])
    np.testing.assert_allclose(scores, np.take_along_axis(products, order, 1), rtol=1e-5)


def test_search_among_allowed_ids_fills_up_with_minus_one() -> None:
    stored = rows(20)
    scores, ids = VectorIndex.build(stored, dimension=6).search(stored.vectors[:1], 5, allowed=[103, 107])
    assert set(ids[0, :2].tolist()) == {103, 107}
    assert ids[0, 2:].tolist() == [-1, -1, -1]
    assert scores[0, 0] >= scores[0, 1]


def test_no_more_hits_than_vectors() -> None:
    index = VectorIndex.build(rows(3), dimension=6)
    assert index.search(rows(2).vectors, 10)[1].shape == (2, 3)
    assert VectorIndex(6).search(rows(2).vectors, 10)[1].shape == (2, 0)


def test_added_to_and_deleted_from_in_place() -> None:
    index = VectorIndex.build(rows(5), dimension=6)
    more = rows(3, first=200, seed=2)
    index.add(more)
    assert index.search(more.vectors[1:2], 1)[1].tolist() == [[201]]
    assert index.remove([201, 100, 999]) == 2
    assert len(index) == 6
    assert index.search(more.vectors[1:2], 6)[1].tolist() != [[201]]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "images.faiss"
    VectorIndex.build(rows(5), dimension=6).save(path, model="m", generation=3)
    return path


def test_a_saved_index_answers_as_before(saved: Path) -> None:
    loaded = VectorIndex.load(saved, model="m", dimension=6, generation=3)
    assert loaded is not None
    question = rows(2, seed=4).vectors
    np.testing.assert_array_equal(
        loaded.search(question, 5)[1], VectorIndex.build(rows(5), dimension=6).search(question, 5)[1]
    )
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [file.name for file in saved.parent.iterdir()] == ["images.faiss"]


@pytest.mark.parametrize(("model", "dimension", "generation"), [("other", 6, 3), ("m", 7, 3), ("m", 6, 4)])
def test_a_stamp_that_does_not_fit_is_not_believed(saved: Path, model: str, dimension: int, generation: int) -> None:
    assert VectorIndex.load(saved, model=model, dimension=dimension, generation=generation) is None


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty", "missing", "text"])
def test_a_damaged_file_is_not_believed(saved: Path, damage: str) -> None:
    content = saved.read_bytes()
    if damage == "missing":
        saved.unlink()
    else:
        flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
        saved.write_bytes({"truncated": content[:-10], "changed": flipped, "empty": b"", "text": b"no index\n"}[damage])
    assert VectorIndex.load(saved, model="m", dimension=6, generation=3) is None
