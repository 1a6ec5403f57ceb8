"""What a GPU finds is what the index finds; where it cannot, or its process fails, the index is asked."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from captioning.runtime.devices import DeviceWarning, choose_device
from index_data.catalogue.records import VectorRows
from index_data.library import Library
from index_data.vectors import gpu_process
from index_data.vectors.cache import VectorIndexes
from index_data.vectors.faiss_library import gpu_obstacle
from index_data.vectors.gpu import MOST_HITS, filtered
from index_data.vectors.gpu_apart import Hits, count_gpus
from index_data.vectors.gpu_process import GpuProcess, Patience
from index_data.vectors.index import VectorIndex
from index_data.vectors.kinds import choose_kind
from tests.patience import PATIENCE
from tests.unit.index_data.conftest import FakeDescriber, index
from tests.unit.index_data.vectors.conftest import index_of
from tests.unit.index_data.vectors.stand_in_gpu import FAULT, LAST_WORDS, STARTING

pytestmark = pytest.mark.library_in_a_folder

PATIENT = Patience(copy=PATIENCE, answer=PATIENCE)
OUT = "the GPU is left out of the search: "


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

    def fetch(number: int) -> Hits:
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


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[GpuProcess]:
    """A process that stands for the one on a GPU, and fails as `FAULT` says when it starts."""
    monkeypatch.setattr(gpu_process, "PROGRAM", "tests.unit.index_data.vectors.stand_in_gpu")
    process = GpuProcess(0, patience=PATIENT)
    yield process
    process.end()


def same_hits(ours: Hits, theirs: Hits) -> None:
    np.testing.assert_array_equal(ours[1], theirs[1])
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5, atol=1e-6)


def test_a_process_answers_as_the_index_does_and_follows_its_generations(stand_in: GpuProcess) -> None:
    indexes = {name: built(count) for name, count in (("images", 500), ("captions", 60))}
    questions = unit_vectors(3, seed=9)
    fifth = range(0, 500, 15)
    expected = {
        name: (held.search(questions, 5), held.search(questions, 5, allowed=fifth)) for name, held in indexes.items()
    }
    assert all(held.use_gpu(stand_in, name) for name, held in indexes.items())
    process = stand_in._process
    for name, held in indexes.items():
        assert not held.compares_all
        assert held.products(questions[0]) is None
        same_hits(held.search(questions, 5), expected[name][0])
        same_hits(held.search(questions, 5, allowed=fifth), expected[name][1])
    # More photographs: the new index takes the place of the old one, which others may be asking still.
    former, latter = indexes["images"], built(600)
    expected_of_latter = latter.search(questions, 5)
    assert latter.use_gpu(stand_in, "images")
    same_hits(latter.search(questions, 5), expected_of_latter)
    same_hits(former.search(questions, 5), expected["images"][0])
    assert (former.compares_all, latter.compares_all, indexes["captions"].compares_all) == (True, False, False)
    # What it cannot give, and what was changed since, the index itself answers.
    assert latter.search(questions, MOST_HITS + 1)[1].shape == (3, 600)
    latter.remove([0])
    assert latter.compares_all
    assert stand_in._process is process
    assert process is not None
    assert process.poll() is None
    stand_in.end()
    assert process.returncode == -signal.SIGKILL
    same_hits(indexes["captions"].search(questions, 5), expected["captions"][0])


def test_an_index_with_lists_is_handed_over_as_it_is(stand_in: GpuProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
    searched = index_of(VectorRows(np.arange(2000, dtype=np.int64), unit_vectors(2000)), dimension=8)
    questions = unit_vectors(3, seed=9)
    among = [None, range(0, 2000, 10), range(0, 2000, 100)]
    expected = [searched.search(questions, 5, allowed=allowed) for allowed in among]
    assert searched.use_gpu(stand_in)
    counts: list[int] = []
    ask = stand_in.search

    def counted(name: str, copy: object, asked: NDArray[np.float32], count: int) -> Hits | None:
        counts.append(count)
        return ask(name, copy, asked, count)

    monkeypatch.setattr(stand_in, "search", counted)
    for allowed, hits, asked in zip(among, expected, (True, True, False), strict=True):
        counts.clear()
        same_hits(searched.search(questions, 5, allowed=allowed), hits)
        # Few of many are sought in all lists, by the index itself.
        assert bool(counts) == asked
    assert (expected[2][1] >= 0).all()


FAULTS = {
    "abort": f"its process broke down ({LAST_WORDS})",
    "end": "its process broke down",
    "hang": "no answer came within 0.01 seconds",
    "answer too little": "its process answered what was not asked",
    "raise": "CUDA error 2: out of memory",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_search_that_fails_is_one_sentence_and_the_index_answers(
    fault: str, stand_in: GpuProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, fault)
    if fault == "hang":
        stand_in._patience = Patience(copy=PATIENCE, answer=0.01)
    searched, other = built(), built(50)
    questions = unit_vectors(2)
    expected = searched.search(questions, 5), other.search(questions, 5)
    assert searched.use_gpu(stand_in, "images")
    assert other.use_gpu(stand_in, "captions")
    process = stand_in._process
    assert process is not None
    with pytest.warns(DeviceWarning) as said:
        same_hits(searched.search(questions, 5), expected[0])
    assert [str(warning.message) for warning in said] == [OUT + FAULTS[fault]]
    assert process.returncode is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same_hits(searched.search(questions, 5), expected[0])
        same_hits(other.search(questions, 5), expected[1])
        # It is not tried again.
        assert not built().use_gpu(stand_in, "images")
    assert searched.compares_all
    assert other.compares_all


@pytest.mark.parametrize("fault", ["abort", "hang", "raise"])
def test_a_copy_that_cannot_be_made_is_one_sentence(
    fault: str, stand_in: GpuProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULT, STARTING + fault)
    if fault == "hang":
        stand_in._patience = Patience(copy=0.01)
    with pytest.warns(DeviceWarning) as said:
        assert not built().use_gpu(stand_in)
    assert [str(warning.message) for warning in said] == [OUT + FAULTS[fault]]


def test_a_process_that_cannot_be_started_is_one_sentence(
    stand_in: GpuProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nothing/of/that/name")
    with pytest.warns(DeviceWarning, match=f"^{OUT}No such file or directory$"):
        assert not built().use_gpu(stand_in)


def test_an_interrupted_question_is_not_answered_by_the_next(
    stand_in: GpuProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = built()
    expected = searched.search(unit_vectors(1), 5)
    assert searched.use_gpu(stand_in)
    assert stand_in._connection is not None

    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(stand_in._connection, "recv_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        searched.search(unit_vectors(1, seed=4), 5)
    same_hits(searched.search(unit_vectors(1), 5), expected)


def test_an_empty_index_starts_nothing(stand_in: GpuProcess) -> None:
    assert not VectorIndex(8).use_gpu(stand_in)
    assert stand_in._process is None


PARENT = """
import sys
import numpy as np
from index_data.catalogue.records import VectorRows
from index_data.vectors import gpu_process
from index_data.vectors.index import VectorIndex

gpu_process.PROGRAM = "tests.unit.index_data.vectors.stand_in_gpu"
process = gpu_process.GpuProcess(0, patience=gpu_process.Patience(600.0, 600.0))
searched = VectorIndex(2)
searched.add(VectorRows(np.arange(3), np.eye(3, 2, dtype=np.float32)))
assert searched.use_gpu(process)
print(process._process.pid, flush=True)
sys.stdin.readline()
searched.search(np.ones((1, 2), np.float32), 3)
"""


@pytest.mark.parametrize("fault", ["", "hang"])
def test_it_ends_when_who_asks_is_killed(fault: str) -> None:
    # While it waits for a question, and in the midst of a search that never ends.
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env={**os.environ, FAULT: fault},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        ending = os.pidfd_open(int(parent.stdout.readline()))
        try:
            if fault:
                parent.stdin.write("\n")
                parent.stdin.flush()
            parent.kill()
            assert select.select([ending], [], [], PATIENCE)[0] == [ending]
        finally:
            os.close(ending)


class Runtime:
    """Answers as CUDA's runtime does: a count by pointer, and a code."""

    def __init__(self, code: int, count: int = 0) -> None:
        self.code, self.count = code, count

    def cudaGetDeviceCount(self, count: Any) -> int:  # noqa: N802
        count._obj.value = self.count
        return self.code


class FaissForGpus:
    def get_num_gpus(self) -> int:
        raise AssertionError("it would end the process")


def test_cuda_is_asked_before_faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    faiss = FaissForGpus()
    assert [count_gpus(faiss, Runtime(*told)) for told in ((0, 2), (35,), (100,))] == [2, 0, 0]
    with pytest.raises(RuntimeError, match=r"^CUDA answers with the error 803$"):
        count_gpus(faiss, Runtime(803))
    monkeypatch.setattr("index_data.vectors.gpu_apart.CUDA_RUNTIME", "libnothing-of-that-name.so")
    assert count_gpus(faiss) == 0
    # FAISS built without CUDA lacks the function.
    assert count_gpus(object(), Runtime(0, 2)) == 0


@pytest.mark.skipif(
    gpu_obstacle() is not None or choose_device("auto").gpu is not None, reason="there is a GPU, or no FAISS for one"
)
def test_faiss_without_a_gpu_says_so() -> None:
    process = GpuProcess(0, patience=PATIENT)
    with pytest.warns(DeviceWarning, match=f"^{OUT}FAISS finds no GPU cuda:0$"):
        assert not built().use_gpu(process)


def test_a_library_starts_one_process_and_ends_it(
    library: Library, photos: Path, describer: FakeDescriber, stand_in: GpuProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    # Without a GPU nothing is started.
    library.indexes.image(describer.identity)
    assert isinstance(library.indexes, VectorIndexes)
    assert library.indexes._gpu_process is None
    with Library.open(library.paths.folder, gpu=0) as opened:
        first = opened.indexes.image(describer.identity)
        opened.indexes.caption(describer.identity)
        assert isinstance(opened.indexes, VectorIndexes)
        process = opened.indexes._gpu_process
        assert process is not None
        started = process._process
        assert started is not None
        assert opened.indexes.image(describer.identity) is first
        (photos / "0.png").unlink()
        index(library, photos, describer)
        second = opened.indexes.image(describer.identity)
        assert (len(first), len(second)) == (7, 6)
        assert (first.compares_all, second.compares_all) == (True, False)
        question = unit_vectors(1, 4)
        same_hits(second.search(question, 3), library.indexes.image(describer.identity).search(question, 3))
        assert process._process is started
    assert started.returncode is not None


GPU = choose_device("auto")
NO_GPU = GPU.reason if GPU.gpu is None else gpu_obstacle()


@pytest.mark.gpu
@pytest.mark.skipif(NO_GPU is not None, reason=f"FAISS cannot search on a GPU: {NO_GPU}")
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
    process = GpuProcess(GPU.gpu or 0)
    try:
        assert whole.use_gpu(process)
        for allowed, (scores, ids) in zip((None, fifth), expected, strict=True):
            found_scores, found_ids = whole.search(questions, 10, allowed=allowed)
            np.testing.assert_allclose(found_scores, scores, atol=1e-3)
            # Equal scores may change places.
            assert (found_ids == ids).mean() > 0.98
        # A search that failed would have been answered by the index itself.
        assert not process.ended
    finally:
        process.end()


@pytest.mark.gpu
@pytest.mark.skipif(NO_GPU is not None, reason=f"FAISS cannot search on a GPU: {NO_GPU}")
@pytest.mark.filterwarnings("ignore::captioning.runtime.devices.DeviceWarning")
def test_whatever_a_full_gpu_does_the_answers_are_those_of_the_index() -> None:
    import torch

    count = 20_000
    whole = index_of(VectorRows(np.arange(count, dtype=np.int64), unit_vectors(count, 64)), dimension=64)
    questions = unit_vectors(4096, 64, seed=7)
    expected = whole.search(questions, 500)
    process = GpuProcess(GPU.gpu or 0)
    try:
        assert whole.use_gpu(process)
        with torch.cuda.device(GPU.gpu or 0):
            filling = torch.empty(torch.cuda.mem_get_info()[0] - 2**26, dtype=torch.uint8, device="cuda")
            ours = whole.search(questions, 500)
            del filling
        np.testing.assert_allclose(ours[0], expected[0], atol=1e-3)
        assert (ours[1] == expected[1]).mean() > 0.98
    finally:
        process.end()
        torch.cuda.empty_cache()
