"""What a GPU finds is what the index finds; where it cannot, the index is asked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from captioning.runtime.devices import DeviceWarning
from index_data.catalogue.records import VectorRows
from index_data.library import Library
from index_data.vectors import gpu
from index_data.vectors.gpu import GpuCopy, copy_to_gpu, count_gpus, filtered
from index_data.vectors.index import VectorIndex
from index_data.vectors.kinds import choose_kind
from tests.unit.index_data.conftest import FakeDescriber, index
from tests.unit.index_data.vectors.conftest import index_of


def unit_vectors(count: int, dimension: int = 8, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def built(count: int = 500) -> VectorIndex:
    return index_of(VectorRows(np.arange(count, dtype=np.int64) * 3, unit_vectors(count)), dimension=8)


@settings(deadline=None, max_examples=60)
@given(
    allowed=st.sets(st.integers(0, 80), max_size=60),
    count=st.integers(1, 12),
    most=st.sampled_from([5, 20, 2048]),
    seed=st.integers(0, 5),
)
def test_fetching_more_finds_what_a_filter_finds(allowed: set[int], count: int, most: int, seed: int) -> None:
    whole = index_of(VectorRows(np.arange(60, dtype=np.int64), unit_vectors(60, seed=seed)), dimension=8)
    questions = unit_vectors(3, seed=seed + 99)
    fetched: list[int] = []

    def fetch(number: int) -> gpu.Hits:
        fetched.append(number)
        return whole.search(questions, number)

    hits = filtered(fetch, count, allowed=sorted(allowed), total=60, limit=most)
    assert all(number <= most for number in fetched)
    if hits is None:
        assert most < 60 or not allowed
        return
    expected = whole.search(questions, count, allowed=sorted(allowed))
    np.testing.assert_array_equal(hits[1], expected[1])
    # Sums of other lengths are rounded otherwise: what is near nothing differs by more than its last digits.
    np.testing.assert_allclose(hits[0], expected[0], rtol=1e-6, atol=1e-6)


def test_a_copy_that_fails_is_left_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def search(self, *_: object, **__: object) -> None:
            raise RuntimeError("CUDA error 2:\n out of memory")

    monkeypatch.setattr("index_data.vectors.gpu.copy_to_gpu", lambda *_, **__: Failing())
    searched = built()
    expected = searched.search(unit_vectors(2), 5)
    assert searched.use_gpu()
    with pytest.warns(DeviceWarning, match="the GPU is left out of the search: CUDA error 2: out of memory"):
        found = searched.search(unit_vectors(2), 5)
    np.testing.assert_array_equal(found[1], expected[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        searched.search(unit_vectors(2), 5)


def test_a_gpu_without_room_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("StandardGpuResources: out of memory")

    monkeypatch.setattr(gpu, "count_gpus", lambda: 1)
    monkeypatch.setattr(gpu, "GpuCopy", refuse)
    with pytest.warns(DeviceWarning, match="out of memory"):
        assert copy_to_gpu(built()._index, probes=0) is None


class Runtime:
    """Answers as CUDA's runtime does: a count by pointer, and a code."""

    def __init__(self, code: int, count: int = 0) -> None:
        self.code, self.count = code, count

    def cudaGetDeviceCount(self, count: Any) -> int:  # noqa: N802
        count._obj.value = self.count
        return self.code


def test_without_a_gpu_there_is_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu.faiss, "get_num_gpus", lambda: 1, raising=False)
    assert [count_gpus(Runtime(0, 2)), count_gpus(Runtime(35)), count_gpus(Runtime(100))] == [2, 0, 0]
    monkeypatch.setattr(gpu, "CUDA_RUNTIME", "libnothing-of-that-name.so")
    assert not built().use_gpu()
    # FAISS built without CUDA lacks the function.
    monkeypatch.delattr(gpu.faiss, "get_num_gpus")
    assert count_gpus(Runtime(0, 2)) == 0


def test_a_cuda_that_does_not_work_is_left_before_faiss_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu.faiss, "get_num_gpus", lambda: 1, raising=False)
    monkeypatch.setattr("ctypes.CDLL", lambda name: Runtime(803))
    with pytest.warns(DeviceWarning, match="the GPU is left out of the search: CUDA answers with the error 803"):
        assert not built().use_gpu()


def test_a_changed_index_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    class Copy:
        def search(self, questions: NDArray[np.float32], count: int, **_: object) -> None:
            counts.append(count)

    monkeypatch.setattr("index_data.vectors.gpu.copy_to_gpu", lambda *_, **__: Copy())
    changed = built()
    changed.use_gpu()
    changed.search(unit_vectors(1), 3)
    changed.remove([0])
    changed.search(unit_vectors(1), 4)
    changed.use_gpu()
    changed.add(VectorRows(np.array([0], np.int64), unit_vectors(1)))
    changed.search(unit_vectors(1), 5)
    assert counts == [3]


def test_few_of_many_are_sought_in_all_lists_by_the_index_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    rows = VectorRows(np.arange(2000, dtype=np.int64), unit_vectors(2000))
    searched = index_of(rows, dimension=8)
    expected = searched.search(unit_vectors(3), 5, allowed=range(0, 2000, 100))
    counts: list[int] = []

    class Copy:
        def search(self, questions: NDArray[np.float32], count: int, *, allowed: Sequence[int] | None) -> None:
            counts.append(0 if allowed is None else len(allowed))

    monkeypatch.setattr("index_data.vectors.gpu.copy_to_gpu", lambda *_, **__: Copy())
    searched.use_gpu()
    found = searched.search(unit_vectors(3), 5, allowed=range(0, 2000, 100))
    np.testing.assert_array_equal(found[1], expected[1])
    assert (found[1] >= 0).all()
    searched.search(unit_vectors(3), 5, allowed=range(0, 2000, 10))
    searched.search(unit_vectors(3), 5)
    assert counts == [200, 0]


def test_a_library_asks_its_gpu_and_keeps_what_it_read(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    copies: list[object] = []

    def copy(index: object, **_: object) -> None:
        copies.append(index)

    monkeypatch.setattr("index_data.vectors.gpu.copy_to_gpu", copy)
    with Library.open(library.paths.folder, gpu=0) as opened:
        first = opened.indexes.image(describer.identity)
        assert opened.indexes.image(describer.identity) is first
        assert len(copies) == 1
        (photos / "0.png").unlink()
        index(library, photos, describer)
        second = opened.indexes.image(describer.identity)
        assert (len(first), len(second), len(copies)) == (7, 6, 2)


@pytest.mark.gpu
@pytest.mark.skipif(count_gpus() == 0, reason="FAISS finds no GPU")
@pytest.mark.parametrize("name", ["flat", "ivf", "ivf-sq8", "ivf-sq4"])
def test_a_gpu_finds_what_the_index_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", name)
    count = 20_000
    rows = VectorRows(np.arange(count, dtype=np.int64) * 2, unit_vectors(count, 64))
    whole = index_of(rows, dimension=64)
    assert whole.kind.name == choose_kind(count, 64).name == name
    questions = unit_vectors(50, 64, seed=7)
    fifth = rows.ids[::5].tolist()
    expected = [whole.search(questions, 10, allowed=allowed) for allowed in (None, fifth)]
    assert whole.use_gpu()
    assert isinstance(whole._copy, GpuCopy)
    for allowed, (scores, ids) in zip((None, fifth), expected, strict=True):
        found_scores, found_ids = whole.search(questions, 10, allowed=allowed)
        np.testing.assert_allclose(found_scores, scores, atol=1e-3)
        # Equal scores may change places.
        assert (found_ids == ids).mean() > 0.98
