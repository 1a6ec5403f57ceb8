"""A copy of a vector index on a GPU: asked while it answers, thrown away at the first error; the index itself stays.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captioning.runtime.devices import DeviceWarning
from index_data.vectors.faiss_library import load_faiss

faiss = load_faiss()

Ids = Sequence[int] | NDArray[np.int64]
"""Ids (any,), int64."""

Hits = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Scores (Q, K), float32, falling, and ids (Q, K), int64."""

CUDA_RUNTIME = "libcudart.so.12"
"""What FAISS is linked with; it has loaded it already."""

NO_GPU = (35, 100)
"""CUDA's codes for no driver, or one that is too old, and for no GPU."""

MOST_HITS = 2048
"""The most hits for one question that FAISS gives on a GPU."""

MARGIN = 1.5
"""How many more hits than expected are fetched where only some ids are allowed."""


class GpuCopy:
    """Searches a copy of an index on one GPU, or says that the index itself must be asked."""

    def __init__(self, index: Any, *, probes: int, device: int = 0) -> None:
        """Copies an index, which takes its size in the GPU's memory.

        Raises:
            RuntimeError: The GPU has too little memory, or CUDA fails.
        """
        # Its memory is one question's at a time, whichever thread asks.
        self._lock = Lock()
        self._resources = faiss.StandardGpuResources()
        self._index = faiss.index_cpu_to_gpu(self._resources, device, index)
        if probes:
            self._index.nprobe = probes

    def search(self, questions: NDArray[np.float32], count: int, *, allowed: Ids | None) -> Hits | None:
        """The best `count` vectors for each question (Q, D), float32; none where a GPU cannot find them."""

        def fetch(number: int) -> Hits:
            with self._lock:
                scores, ids = self._index.search(questions, number)
            return scores, ids

        if allowed is None:
            return fetch(count) if count <= MOST_HITS else None
        return filtered(fetch, count, allowed=allowed, total=int(self._index.ntotal), limit=MOST_HITS)


def copy_to_gpu(index: Any, *, probes: int, device: int = 0) -> GpuCopy | None:
    """Makes a copy where there is a GPU that FAISS can use; says in one warning why it cannot."""
    try:
        if count_gpus() <= device:
            return None
        return GpuCopy(index, probes=probes, device=device)
    except RuntimeError as error:
        warn(error)
        return None


def count_gpus(runtime: Any = None) -> int:
    """How many GPUs FAISS can use.

    CUDA itself is asked first: where it answers with an error, such as after an update of the driver without a restart,
    FAISS would end the whole process.

    Raises:
        RuntimeError: CUDA is there and does not work.
    """
    if not hasattr(faiss, "get_num_gpus"):  # built without CUDA
        return 0
    count = ctypes.c_int()
    try:
        runtime = runtime or ctypes.CDLL(CUDA_RUNTIME)
    except OSError:
        return 0
    code = runtime.cudaGetDeviceCount(ctypes.byref(count))
    if code in NO_GPU:
        return 0
    if code:
        raise RuntimeError(f"CUDA answers with the error {code}")
    return count.value


def warn(error: Exception) -> None:
    """Says that a GPU is no longer asked."""
    warnings.warn(f"the GPU is left out of the search: {' '.join(str(error).split())}", DeviceWarning, stacklevel=3)


def filtered(fetch: Callable[[int], Hits], count: int, *, allowed: Ids, total: int, limit: int) -> Hits | None:
    """Searches an index that knows no filters: fetches more than is wanted, and keeps what is allowed.

    Args:
        fetch: Gives the best so many hits, allowed or not.
        count: K.
        allowed: Ids that may be found.
        total: N.
        limit: The most hits that can be fetched.

    Returns:
        What an index that knows filters gives; none where more than `limit` hits would have to be fetched.
    """
    if not len(allowed):
        return None
    number = int(MARGIN * count * total / len(allowed)) + count
    while True:
        number = min(number, total)
        if number > limit:
            return None
        scores, ids = fetch(number)
        fits = np.isin(ids, np.asarray(allowed, np.int64))
        fit_counts = fits.sum(1)
        if number == total or bool((fit_counts >= count).all()):
            # Stable: what fits comes first, in the order of its scores.
            order = np.argsort(~fits, axis=1, kind="stable")[:, :count]
            missing = np.arange(order.shape[1]) >= fit_counts[:, None]
            lowest = np.finfo(np.float32).min
            scores = np.where(missing, lowest, np.take_along_axis(scores, order, 1)).astype(np.float32)
            return scores, np.where(missing, -1, np.take_along_axis(ids, order, 1))
        number *= 4
