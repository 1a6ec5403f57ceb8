from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest

from index_data.catalogue.records import VectorRows
from index_data.vectors import exact, leading
from index_data.vectors.header import IndexHeader, read_header
from index_data.vectors.index import VectorIndex
from index_data.vectors.leading import LeadingAxes
from tests.unit.index_data.vectors.conftest import index_of


def rows(count: int, *, first: int = 100, seed: int = 0) -> VectorRows:
    vectors = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return VectorRows(np.arange(first, first + count, dtype=np.int64), vectors)


def test_search_equals_sorting_all_inner_products() -> None:
    stored, asked = rows(50), rows(4, seed=1).vectors
    scores, ids = index_of(stored, dimension=6).search(asked, 10)
    products = asked @ stored.vectors.T
    order = np.argsort(-products, axis=1)[:, :10]
    np.testing.assert_array_equal(ids, stored.ids[order])
    np.testing.assert_allclose(scores, np.take_along_axis(products, order, 1), rtol=1e-5)


def test_search_among_allowed_ids_fills_up_with_minus_one() -> None:
    stored = rows(20)
    scores, ids = index_of(stored, dimension=6).search(stored.vectors[:1], 5, allowed=[103, 107])
    assert set(ids[0, :2].tolist()) == {103, 107}
    assert ids[0, 2:].tolist() == [-1, -1, -1]
    assert scores[0, 0] >= scores[0, 1]


def test_no_more_hits_than_vectors() -> None:
    index = index_of(rows(3), dimension=6)
    assert index.search(rows(2).vectors, 10)[1].shape == (2, 3)
    assert VectorIndex(6).search(rows(2).vectors, 10)[1].shape == (2, 0)


def test_added_to_and_deleted_from_in_place() -> None:
    index = index_of(rows(5), dimension=6)
    more = rows(3, first=200, seed=2)
    index.add(more)
    assert index.search(more.vectors[1:2], 1)[1].tolist() == [[201]]
    assert index.remove([201, 100, 999]) == 2
    assert len(index) == 6
    assert index.search(more.vectors[1:2], 6)[1].tolist() != [[201]]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "images.faiss"
    index_of(rows(5), dimension=6).save(path, model="m", generation=3)
    return path


def test_a_saved_index_answers_as_before(saved: Path) -> None:
    found = VectorIndex.load(saved, model="m", dimension=6)
    assert found is not None
    loaded, generation = found
    assert generation == 3
    question = rows(2, seed=4).vectors
    np.testing.assert_array_equal(loaded.search(question, 5)[1], index_of(rows(5), dimension=6).search(question, 5)[1])
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [file.name for file in saved.parent.iterdir()] == ["images.faiss"]


@pytest.mark.parametrize(("model", "dimension"), [("other", 6), ("m", 7)])
def test_a_stamp_that_does_not_fit_is_not_believed(saved: Path, model: str, dimension: int) -> None:
    assert VectorIndex.load(saved, model=model, dimension=dimension) is None


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty", "missing", "text"])
def test_a_damaged_file_is_not_believed(saved: Path, damage: str) -> None:
    content = saved.read_bytes()
    if damage == "missing":
        saved.unlink()
    else:
        flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
        saved.write_bytes({"truncated": content[:-10], "changed": flipped, "empty": b"", "text": b"no index\n"}[damage])
    assert VectorIndex.load(saved, model="m", dimension=6) is None


def test_a_random_search_equals_the_obvious_one() -> None:
    """Of equal scores the lower id comes first; every vector stands twice, so there are many."""
    draw = np.random.default_rng(7)
    for _ in range(30):
        half = rows(int(draw.integers(1, 40)), seed=int(draw.integers(1000)))
        stored = VectorRows(draw.permutation(1000)[: 2 * len(half.ids)], np.concatenate([half.vectors] * 2))
        allowed = draw.permutation(stored.ids)[: int(draw.integers(0, len(stored.ids) + 1))]
        question = rows(1, seed=int(draw.integers(1000))).vectors
        count = int(draw.integers(1, len(stored.ids) + 3))
        scores, ids = index_of(stored, dimension=6).search(question, count, allowed=allowed.tolist())
        keys = [(-float(s), int(i)) for s, i in zip(question[0] @ stored.vectors.T, stored.ids, strict=True)]
        expected = sorted((round(score, 5), key) for score, key in keys if key in set(allowed.tolist()))[:count]
        width = min(count, len(stored.ids))
        hits = [(round(-float(s), 5), int(i)) for s, i in zip(scores[0], ids[0], strict=True) if i >= 0]
        assert ids.shape == scores.shape == (1, width)
        assert [score for score, _ in hits] == pytest.approx([score for score, _ in expected], abs=2e-5)
        # The last place of equals is open, so the ids are compared up to there.
        whole = len(expected) if len(expected) < count else len([s for s, _ in expected if s < expected[-1][0] - 1e-4])
        assert [key for _, key in hits[:whole]] == [key for _, key in expected[:whole]]
        assert (ids[0, len(expected) :] == -1).all()


def test_an_exact_index_gives_all_products_and_the_vectors_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    stored, question = rows(30), rows(1, seed=1).vectors[0]
    shuffled = np.random.default_rng(3).permutation(30)
    index = index_of(VectorRows(stored.ids[shuffled], stored.vectors[shuffled]), dimension=6)
    later = rows(2, first=50, seed=2)
    for _ in range(2):
        products = index.products(question)
        assert products is not None
        np.testing.assert_array_equal(products[0], np.sort(index.ids()))
        asked = products[0][[7, 0, 3]]
        vectors = index.vectors(asked)
        assert vectors is not None
        np.testing.assert_allclose(vectors @ question, products[1][[7, 0, 3]], rtol=1e-5)
        assert index.vectors(np.array([100, 9999])) is None
        # What was asked before an index changed is forgotten with the change.
        index.remove([105, 50, 51])
        index.add(later)
    expected = {**dict(zip(stored.ids.tolist(), stored.vectors, strict=True)), 50: later.vectors[0]}
    vectors = index.vectors(np.array([50, 100]))
    assert vectors is not None
    np.testing.assert_array_equal(vectors, [expected[50], expected[100]])
    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    lists = index_of(rows(300), dimension=6)
    assert lists.products(question) is None
    assert lists.vectors(np.array([100])) is None


def test_bounds_come_with_the_second_question_and_fit_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "BOUNDED_FROM", 30)
    monkeypatch.setattr(leading, "COLUMNS", 4)
    axes, others = (LeadingAxes(rows(50, seed=seed).vectors) for seed in (5, 6))
    # Of this question the leading axes tell almost all.
    question = axes.directions[:, 0]
    stored, shuffled = rows(30), np.random.default_rng(3).permutation(30)
    index = index_of(VectorRows(stored.ids[shuffled], stored.vectors[shuffled]), dimension=6)
    assert index.bounds(question, axes) is None
    for _ in range(2):
        bounds, products = index.bounds(question, axes), index.products(question)
        assert bounds is not None
        assert products is not None
        np.testing.assert_array_equal(bounds[0], products[0])
        assert (bounds[1] >= products[1]).all()
        np.testing.assert_allclose(bounds[1], products[1], atol=1e-2)
        index.remove([105])
        index.add(rows(1, first=50, seed=2))
    assert index.bounds(question, others) is None
    index.remove([106])
    assert index.bounds(question, axes) is None


def test_ids_beyond_any_bitmap_are_found_too() -> None:
    stored = VectorRows(np.array([3, 2**40, 2**62]), rows(3).vectors)
    _, ids = index_of(stored, dimension=6).search(stored.vectors[1:2], 2, allowed=np.array([3, 2**40]))
    assert ids.tolist() == [[2**40, 3]]


def test_of_equal_scores_the_lower_id_comes_first() -> None:
    same = VectorRows(np.array([9, 2, 5, 7]), np.tile(rows(1).vectors, (4, 1)))
    assert index_of(same, dimension=6).search(rows(1).vectors, 4)[1].tolist() == [[2, 5, 7, 9]]


def test_among_no_allowed_ids_there_is_nothing() -> None:
    _, ids = index_of(rows(3), dimension=6).search(rows(1).vectors, 2, allowed=[])
    assert ids.tolist() == [[-1, -1]]


def test_the_stamp_alone_tells_whether_a_file_claims_to_be_current(saved: Path) -> None:
    def fits(model: str = "m", dimension: int = 6, generation: int = 3) -> bool:
        header = read_header(saved, model=model, dimension=dimension)
        return header is not None and header.generation == generation

    assert fits()
    assert not fits(model="other")
    assert not fits(dimension=7)
    assert not fits(generation=4)
    saved.write_bytes(b"[]\n")
    assert not fits()
    saved.unlink()
    assert not fits()


def test_a_file_of_another_faiss_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(content: object) -> None:
        raise RuntimeError("Index type 0x12345678 not recognized")

    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    index_of(rows(100), dimension=6).save(tmp_path / "i.faiss", model="m", generation=1)
    assert VectorIndex.load(tmp_path / "i.faiss", model="m", dimension=6) is not None
    monkeypatch.setattr("faiss.read_index", refuse)
    assert VectorIndex.load(tmp_path / "i.faiss", model="m", dimension=6) is None


def test_an_exact_index_that_an_earlier_version_kept_in_faiss_is_made_anew(tmp_path: Path) -> None:
    path, stored = tmp_path / "i.faiss", rows(5)
    former = faiss.index_factory(6, "IDMap2,Flat", faiss.METRIC_INNER_PRODUCT)
    former.add_with_ids(stored.vectors, stored.ids)
    content = faiss.serialize_index(former).tobytes()
    proof = hashlib.blake2b(content, digest_size=16).hexdigest()
    header = IndexHeader("m", "flat", 0, 6, "inner product", 5, 1, proof)
    path.write_bytes(header.line() + content)
    assert VectorIndex.load(path, model="m", dimension=6) is None


def test_a_header_that_claims_any_size_is_not_believed(saved: Path) -> None:
    first, _, rest = saved.read_bytes().partition(b"\n")
    header = IndexHeader.read(first)
    assert header is not None
    for count in (-5, 4, 2**60):
        saved.write_bytes(replace(header, count=count).line() + rest)
        assert VectorIndex.load(saved, model="m", dimension=6) is None


def test_many_questions_are_compared_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    index, questions = index_of(rows(50), dimension=6), rows(9, seed=3).vectors
    whole = index.search(questions, 5, allowed=[101, 102, 140])
    monkeypatch.setattr("index_data.vectors.exact.LARGEST_PRODUCTS", 120)
    for left, right in zip(whole, index.search(questions, 5, allowed=[101, 102, 140]), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_failed_save_leaves_the_former_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        index_of(rows(9), dimension=6).save(saved, model="m", generation=4)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == ["images.faiss"]


@pytest.mark.parametrize("kind", ["flat", "ivf", "ivf-sq8", "ivf-sq4"])
def test_an_update_touches_only_what_came_and_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", kind)
    stored = rows(12_000)
    counts: list[int] = []

    def read(ids: Sequence[int]) -> VectorRows:
        counts.append(len(ids))
        return VectorRows(np.asarray(ids), stored.vectors[np.asarray(ids) - 100])

    index = VectorIndex.updated(None, stored.ids[:10_000], read, dimension=6)
    assert (index.kind.name, len(index)) == (kind, 10_000)
    counts.clear()
    again = VectorIndex.updated(index, stored.ids[50:10_500], read, dimension=6)
    assert again is index
    assert counts == [500]
    np.testing.assert_array_equal(np.sort(index.ids()), stored.ids[50:10_500])
    index.save(tmp_path / "i.faiss", model="m", generation=1)
    found = VectorIndex.load(tmp_path / "i.faiss", model="m", dimension=6)
    assert found is not None
    loaded = found[0]
    assert (loaded.kind.name, loaded.kind.lists, loaded.trained_on) == (kind, index.kind.lists, 10_000)
    questions = stored.vectors[1000:1040]
    np.testing.assert_array_equal(loaded.search(questions, 5)[1], index.search(questions, 5)[1])
    np.testing.assert_array_equal(np.sort(loaded.ids()), np.sort(index.ids()))
    # A vector finds itself, more or less, among all and among few.
    own = stored.ids[1000:1040, None]
    assert (loaded.search(questions, 10)[1] == own).any(1).mean() > (0.9 if kind != "ivf-sq4" else 0.5)
    few = stored.ids[1000:1040].tolist()
    assert set(loaded.search(questions, 40, allowed=few)[1].flatten().tolist()) == set(few)


def test_lists_are_learnt_anew_when_the_library_has_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    stored = rows(9_000)

    def read(ids: Sequence[int]) -> VectorRows:
        return VectorRows(np.asarray(ids), stored.vectors[np.asarray(ids) - 100])

    index = VectorIndex.updated(None, stored.ids[:4_000], read, dimension=6)
    assert VectorIndex.updated(index, stored.ids[:7_000], read, dimension=6) is index
    larger = VectorIndex.updated(index, stored.ids, read, dimension=6)
    assert larger is not index
    assert larger.kind.lists > index.kind.lists
    assert len(larger) == 9_000
    # Another kind is asked for: everything is made anew.
    monkeypatch.setenv("IMGSEARCH_INDEX", "flat")
    assert VectorIndex.updated(larger, stored.ids, read, dimension=6).kind.name == "flat"


def test_the_header_of_an_earlier_version_is_read_and_written_as_it_was() -> None:
    line = (
        b'{"model": "m@1", "kind": "ivf", "learnt": 7, "dimension": 4, "metric": "inner product", "count": 9, '
        b'"generation": 3, "checksum": "00"}\n'
    )
    header = IndexHeader.read(line)
    assert header is not None
    assert (header.trained_on, header.count) == (7, 9)
    assert header.line() == line


def test_allowed_vectors_are_found_where_the_nearest_lists_hold_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    stored = rows(4_000)
    index = index_of(stored, dimension=6)
    question = stored.vectors[:1]
    # Those that point away from the question: they would be looked for in few lists.
    away = stored.ids[np.argsort(stored.vectors @ question[0])[:190]]
    scores, ids = index.search(question, 5, allowed=away)
    expected = away[np.argsort(-(stored.vectors[away - 100] @ question[0]))[:5]]
    assert ids[0].tolist() == expected.tolist()
    assert (scores < 0).all()
