"""Measures each kind of vector index at growing sizes: build, file, questions, recall, memory, adding and deleting.

    python -m benchmarks.vectors [--sizes 10000 100000 1000000] [--dimension 512] [--kinds flat ivf] [--json FILE]

Vectors are drawn around clustered centres, as photographs lie, and normalised. Every kind at every size runs in a
process of its own, so that its peak memory is its own; exact search at the same size is the yardstick of recall and
of time. Times are the process's own on the processor, whatever else it does.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.faiss_index import FACTORIES, FaissIndex
from index_data.catalogue.records import VectorRows
from index_data.vectors.index import CHUNK, VectorIndex
from index_data.vectors.kinds import ENVIRONMENT_VARIABLE, NAMES

QUESTIONS = 200
CHANGED = 10_000
ALLOWED = 100
"""One vector in so many may be found where a filter is measured."""

KINDS = (*NAMES, *FACTORIES)

SPREAD = 0.7
"""Length of the noise around a centre of length 1: neighbours in a cluster have a cosine of about two thirds."""


class Photographs:
    """Drawn vectors, made anew from their ids whenever they are read, so that they take no memory of their own."""

    def __init__(self, dimension: int, clusters: int) -> None:
        self._dimension = dimension
        self._centres = _unit(np.random.default_rng(1).normal(size=(clusters, dimension)).astype(np.float32))

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of consecutive or scattered ids."""
        numbers = np.asarray(ids, np.int64)
        vectors = np.empty((len(numbers), self._dimension), np.float32)
        blocks = numbers // 1000
        for block in np.unique(blocks):
            drawn = self._block(int(block))
            mine = blocks == block
            vectors[mine] = drawn[numbers[mine] % 1000]
        return VectorRows(numbers, vectors)

    def _block(self, block: int) -> NDArray[np.float32]:
        draw = np.random.default_rng(1_000_003 + block)
        centres = self._centres[draw.integers(len(self._centres), size=1000)]
        noise = draw.normal(size=(1000, self._dimension)).astype(np.float32) * (SPREAD / self._dimension**0.5)
        return _unit(centres + noise)


def measure(kind: str, size: int, dimension: int) -> dict[str, Any]:
    """All figures of one kind at one size, in this process; seconds, megabytes, shares."""
    photographs = Photographs(dimension, clusters=max(50, size // 500))
    ids = np.arange(size, dtype=np.int64)
    figures: dict[str, Any] = {"kind": kind, "size": size, "dimension": dimension}

    drawing_s = _seconds(lambda: photographs.read(range(min(size, CHUNK)))) * size / min(size, CHUNK)
    index: list[VectorIndex | FaissIndex] = []
    built_s = _seconds(lambda: index.append(_built(kind, ids, photographs, dimension)))
    figures["build_s"] = max(0.0, built_s - drawing_s)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "index.faiss"
        if isinstance(index[0], VectorIndex):
            index[0].save(path, model="m", generation=1)
            figures["load_s"] = _seconds(lambda: VectorIndex.load(path, model="m", dimension=dimension))
        else:
            index[0].save(path)
            figures["load_s"] = _seconds(lambda: FaissIndex.load(path))
        figures["file_mb"] = path.stat().st_size / 2**20
    questions = _unit(
        photographs.read(range(0, size, size // QUESTIONS)).vectors[:QUESTIONS]
        + np.random.default_rng(5).normal(size=(QUESTIONS, dimension)).astype(np.float32) * (0.3 / dimension**0.5)
    )
    times, hit_ids = _ask(index[0], questions)
    figures |= {"p50_ms": 1000 * float(np.percentile(times, 50)), "p99_ms": 1000 * float(np.percentile(times, 99))}
    figures["recall_at_10"] = _recall(hit_ids, _exact(photographs, questions, ids))
    allowed = ids[::ALLOWED]
    times, hit_ids = _ask(index[0], questions, allowed)
    figures["filtered_p50_ms"] = 1000 * float(np.percentile(times, 50))
    figures["filtered_recall"] = _recall(hit_ids, _exact(photographs, questions, allowed))
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    more = photographs.read(range(size, size + CHANGED))
    figures["add_10000_s"] = _seconds(lambda: index[0].add(more))
    removed: list[int | None] = []
    seconds = _seconds(lambda: removed.append(index[0].remove(ids[:CHANGED])))
    figures["delete_10000_s"] = float("nan") if removed[0] is None else seconds
    return figures


def _built(kind: str, ids: NDArray[np.int64], photographs: Photographs, dimension: int) -> VectorIndex | FaissIndex:
    if kind in FACTORIES:
        return FaissIndex.updated(kind, ids, photographs.read, dimension=dimension)
    os.environ[ENVIRONMENT_VARIABLE] = kind
    return VectorIndex.updated(None, ids, photographs.read, dimension=dimension)


def main() -> None:
    """Parses the command line, measures kind by kind in processes of their own, and prints the table."""
    parser = argparse.ArgumentParser(description="Measures each kind of vector index at growing sizes.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.kinds[0], options.sizes[0], options.dimension)))
        return
    rows = []
    for size in options.sizes:
        for kind in options.kinds:
            command = [sys.executable, "-m", "benchmarks.vectors", "--one", "--sizes", str(size), "--kinds", kind]
            command += ["--dimension", str(options.dimension)]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            _print(rows, header=len(rows) == 1)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _print(rows: list[dict[str, Any]], *, header: bool) -> None:
    """Prints the last row; times of questions also as a share of exact search's at the same size."""
    last = rows[-1]
    exact = next((row for row in rows if row["kind"] == "flat" and row["size"] == last["size"]), None)
    share = f"{last['p50_ms'] / exact['p50_ms']:.3f}" if exact else "-"
    names = ["build_s", "file_mb", "load_s", "p50_ms", "p99_ms", "recall_at_10", "filtered_p50_ms", "filtered_recall"]
    names += ["peak_mb", "add_10000_s", "delete_10000_s"]
    if header:
        print(f"{'size':>9} {'kind':8} {'p50/exact':>9} " + " ".join(f"{name:>14}" for name in names), flush=True)
    values = " ".join(f"{last[name]:14.3f}" for name in names)
    print(f"{last['size']:9} {last['kind']:8} {share:>9} {values}", flush=True)


def _ask(
    index: VectorIndex | FaissIndex, questions: NDArray[np.float32], allowed: NDArray[np.int64] | None = None
) -> tuple[list[float], list[list[int]]]:
    """Asks one question after the other, as people do."""
    times: list[float] = []
    hit_ids: list[list[int]] = []
    index.search(questions[:1], 10)
    for row in range(len(questions)):
        start = time.process_time()
        ids = index.search(questions[row : row + 1], 10, allowed=allowed)[1]
        times.append(time.process_time() - start)
        hit_ids.append(ids[0].tolist())
    return times, hit_ids


def _recall(hits: list[list[int]], exact: list[list[int]]) -> float:
    """The mean share of the ten nearest that were found."""
    return float(np.mean([len(set(ten) & set(nearest)) / 10 for ten, nearest in zip(hits, exact, strict=True)]))


def _exact(photographs: Photographs, questions: NDArray[np.float32], among: NDArray[np.int64]) -> list[list[int]]:
    """The ten nearest of ids (any,), int64, by comparing everything, a chunk at a time."""
    best = np.full((len(questions), 10), -np.inf, np.float32)
    ids = np.full((len(questions), 10), -1, np.int64)
    for at in range(0, len(among), CHUNK):
        rows = photographs.read(among[at : at + CHUNK].tolist())
        scores = np.concatenate([best, questions @ rows.vectors.T], axis=1)
        names = np.concatenate([ids, np.tile(rows.ids, (len(questions), 1))], axis=1)
        order = np.argpartition(-scores, 9, axis=1)[:, :10]
        best, ids = np.take_along_axis(scores, order, 1), np.take_along_axis(names, order, 1)
    nearest: list[list[int]] = ids.tolist()
    return nearest


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    main()
