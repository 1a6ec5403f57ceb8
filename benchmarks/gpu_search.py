"""Measures vector search at one size, by the processor and by a copy of the index on a GPU.

Vectors are drawn, and the lists of an inverted file found, where it is quickest, so that ten million take seconds.

Axis legend: N vectors, D joint size, L lists.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.harness import seconds
from benchmarks.vectors import SPREAD
from index_data.catalogue.records import VectorRows
from index_data.vectors.faiss_library import load_faiss
from index_data.vectors.gpu_process import GpuProcess
from index_data.vectors.index import VectorIndex
from index_data.vectors.inverted_file import SAMPLE_PER_LIST, InvertedFile
from index_data.vectors.kinds import choose_kind

QUESTIONS, ALONE = 1000, 100
"""Asked at once, and one after the other."""

COMPARED = 200_000_000
"""Vectors that a processor compares with questions in seconds: where they are many, fewer questions are asked."""

BLOCK = 250_000
"""Vectors that are drawn at once."""

ROUNDS = 10
"""Of k-means."""


def measure_search(
    kinds: Sequence[str],
    size: int,
    gpu: int | None,
    *,
    dimension: int = 512,
    wait: Callable[[], None] = lambda: None,
) -> Iterator[dict[str, Any]]:
    """Median latency of one question, and questions per second when many come at once, without and with a GPU.

    Args:
        kinds: Of index, by their names.
        size: N.
        gpu: Its number; none measures the processor alone.
        dimension: D.
        wait: Called when everything is drawn and before anything is timed.
    """
    place = torch.device("cpu" if gpu is None else f"cuda:{gpu}")
    vectors = np.empty((size, dimension), np.float32)
    for at, block in zip(range(0, size, BLOCK), draw(size, dimension, place), strict=True):
        torch.from_numpy(vectors[at : at + BLOCK]).copy_(block)
    asked = vectors[:: max(1, size // QUESTIONS)][:QUESTIONS]
    noise = np.random.default_rng(5).normal(size=asked.shape).astype(np.float32) * (0.3 / dimension**0.5)
    questions = (asked + noise) / np.linalg.norm(asked + noise, axis=1, keepdims=True)
    indexes = [index_of(vectors, kind, place) for kind in kinds]
    del vectors
    if place.type == "cuda":
        torch.cuda.empty_cache()
    wait()
    for index in indexes:
        yield from _measure(index, questions, gpu)


def _measure(index: VectorIndex, questions: NDArray[np.float32], gpu: int | None) -> Iterator[dict[str, Any]]:
    size, kind = len(index), index.kind
    compared = size * kind.probes // kind.lists if kind.lists else size
    few = int(np.clip(COMPARED // compared, 10, len(questions)))
    same = {"kind": kind.name, "size": size}
    expected = index.search(questions[:few], 10)[1]
    yield {"device": "cpu", **same, **_speed(index, questions[:few], min(ALONE, few)), "same_hits": 1.0}
    if gpu is None:
        return
    process = GpuProcess(gpu)
    try:
        copied = seconds(lambda: index.use_gpu(process))
        if process.ended:
            return  # a warning has said why
        speed = _speed(index, questions, ALONE)
        hits = index.search(questions[:few], 10)[1]
        if not process.ended:
            shared = float((hits == expected).mean())
            yield {"device": f"cuda:{gpu}", **same, **speed, "same_hits": shared, "copy_s": copied}
    finally:
        process.end()


def _speed(index: VectorIndex, questions: NDArray[np.float32], alone: int) -> dict[str, float]:
    times = [seconds(lambda row=row: index.search(questions[row : row + 1], 10)) for row in range(alone)]  # type: ignore[misc]
    together = min(seconds(lambda: index.search(questions, 10)) for _ in range(2))
    return {
        "p50_ms": 1000 * statistics.median(times),
        "asked_at_once": len(questions),
        "questions_per_s": len(questions) / together,
    }


def draw(size: int, dimension: int, place: torch.device) -> Iterator[Tensor]:
    """Unit vectors (at most `BLOCK`, D), float32, N in all, around clustered centres, as photographs lie."""
    generator = torch.Generator(place).manual_seed(1)
    drawing: dict[str, Any] = {"generator": generator, "device": place}
    centres = F.normalize(torch.randn(max(50, size // 500), dimension, **drawing), dim=1)
    for at in range(0, size, BLOCK):
        count = min(BLOCK, size - at)
        noise = torch.randn(count, dimension, **drawing) * (SPREAD / dimension**0.5)
        yield F.normalize(centres[torch.randint(len(centres), (count,), **drawing)] + noise, dim=1)


def index_of(vectors: NDArray[np.float32], kind_name: str, place: torch.device) -> VectorIndex:
    """An index of unit vectors (N, D), float32, whose ids are their places."""
    size, dimension = vectors.shape
    kind = choose_kind(size, dimension, {"IMGSEARCH_INDEX": kind_name})
    index, ids = VectorIndex(dimension, kind), np.arange(size, dtype=np.int64)
    if not kind.lists:
        index.add(VectorRows(ids, vectors))
        return index
    listed = index._index
    assert isinstance(listed, InvertedFile)
    faiss, inner = load_faiss(), listed.stored
    sample = vectors[np.sort(np.random.default_rng(0).choice(size, min(size, SAMPLE_PER_LIST * kind.lists), False))]
    centroids = centroids_of(torch.from_numpy(sample).to(place), kind.lists)
    inner.quantizer.add(centroids.cpu().numpy())
    inner.train(sample)  # of the codes alone: the lists are known
    for at in range(0, size, BLOCK):
        part = vectors[at : at + BLOCK]
        lists = nearest(torch.from_numpy(part).to(place), centroids).cpu().numpy()
        pointers = (faiss.swig_ptr(array) for array in (part, ids[at : at + BLOCK], lists))
        inner.add_core(len(part), *pointers)
    return index


def centroids_of(sample: Tensor, lists: int) -> Tensor:
    """The centres (L, D), unit vectors, float32, that k-means finds among unit vectors (any, D), float32."""
    generator = torch.Generator().manual_seed(0)
    centroids = sample[torch.randperm(len(sample), generator=generator)[:lists].to(sample.device)]
    for _ in range(ROUNDS):
        sums = torch.zeros_like(centroids).index_add_(0, nearest(sample, centroids), sample)
        # A centre that is nearest to none stays where it is.
        centroids = F.normalize(torch.where(sums.any(1, keepdim=True), sums, centroids), dim=1)
    return centroids


def nearest(vectors: Tensor, centroids: Tensor) -> Tensor:
    """The centre (any,), int64, of highest inner product with each of vectors (any, D), float32."""
    step = 1 << 16
    return torch.cat([(vectors[at : at + step] @ centroids.T).argmax(1) for at in range(0, len(vectors), step)])
