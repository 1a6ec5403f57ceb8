"""What the process does that searches on a GPU: it holds copies of indexes there and answers questions.

FAISS ends its process on some of CUDA's errors; here that costs the copies alone. A request is a line of JSON, and what
it announces: the descriptor of a file in memory with an index, or questions. So is an answer, and scores and ids.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import select
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from threading import Thread
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index_data.errors import VectorSearchError
from index_data.vectors.faiss_library import load_faiss

CUDA_RUNTIME = "libcudart.so.12"
"""What FAISS is linked with; it has loaded it already."""

NO_GPU = (35, 100)
"""CUDA's codes for no driver, or one that is too old, and for no GPU."""

HOLD, QUESTIONS, COUNT, NAME, SHAPE, REASON = "hold", "questions", "count", "name", "shape", "reason"
"""What a request or an answer may hold."""

BLOCK = 1 << 20
"""Bytes that FAISS reads at once."""

Hits = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Scores (Q, K), float32, falling, and ids (Q, K), int64."""


@dataclass(frozen=True, slots=True)
class HandedIndex:
    """An index in a file: ids (N,), int64, and vectors (N, D), float32, or what FAISS writes of one with lists.

    Attributes:
        count: N.
        dimension: D.
        lists: Of the inverted file; 0 without one.
        probes: Lists that a question looks into.
    """

    count: int
    dimension: int
    lists: int
    probes: int

    def arrays(self, stream: BufferedReader) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids (N,), int64, and vectors (N, D), float32, of an index without lists, where they lie in the file."""
        whole = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        ids = np.frombuffer(whole, np.int64, self.count)
        return ids, np.frombuffer(whole, np.float32, offset=ids.nbytes).reshape(self.count, self.dimension)

    def read(self, stream: BufferedReader, faiss: Any) -> Any:
        """The index of FAISS, in the processor's memory."""
        if self.lists:
            return faiss.read_index(faiss.PyCallbackIOReader(stream.read, BLOCK))
        ids, vectors = self.arrays(stream)
        index = faiss.index_factory(self.dimension, "IDMap2,Flat", faiss.METRIC_INNER_PRODUCT)
        index.add_with_ids(vectors, ids)
        return index


class Copy(Protocol):
    """A copy of an index."""

    def search(self, questions: NDArray[np.float32], count: int) -> Hits:
        """The best `count` of N for each question (Q, D), float32."""


class GpuIndex:
    """An index of FAISS in the memory of a GPU."""

    def __init__(self, handed: HandedIndex, stream: BufferedReader, device: int) -> None:
        """Copies an index, which takes its size in the GPU's memory, and tries it.

        Raises:
            VectorSearchError: FAISS could not be loaded.
            RuntimeError: There is no such GPU, it has too little memory, or CUDA fails.
        """
        faiss = load_faiss()
        if count_gpus(faiss) <= device:
            raise RuntimeError(f"FAISS finds no GPU cuda:{device}")
        self._resources = faiss.StandardGpuResources()
        self._index = faiss.index_cpu_to_gpu(self._resources, device, handed.read(stream, faiss))
        if handed.lists:
            self._index.nprobe = handed.probes
        # A GPU that this FAISS was not built for is found out now, and the first question does not wait.
        self.search(np.zeros((1, handed.dimension), np.float32), 1)

    def search(self, questions: NDArray[np.float32], count: int) -> Hits:
        """The best `count` of N for each question (Q, D), float32.

        Raises:
            RuntimeError: CUDA fails.
        """
        scores, ids = self._index.search(questions, count)
        return scores, ids


def count_gpus(faiss: Any, runtime: Any = None) -> int:
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


def serve(connection: Connection, copy: Callable[[HandedIndex, BufferedReader], Copy]) -> None:
    """Answers requests until nobody asks.

    Args:
        connection: To who asks.
        copy: Copies an index out of a file.
    """
    copies: dict[str, Copy] = {}
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except EOFError:
            return
        name, content = request[NAME], b""
        answer: dict[str, object] = {}
        try:
            if HOLD in request:
                copies.pop(name, None)  # first, since both may have no room
                with os.fdopen(recv_handle(connection), "rb") as stream:
                    copies[name] = copy(HandedIndex(**request[HOLD]), stream)
            else:
                questions = np.frombuffer(connection.recv_bytes(), np.float32).reshape(request[QUESTIONS])
                scores, ids = copies[name].search(questions, request[COUNT])
                answer = {SHAPE: scores.shape}
                content = scores.astype(np.float32).tobytes() + ids.astype(np.int64).tobytes()
        except (RuntimeError, MemoryError, VectorSearchError) as error:
            answer = {REASON: " ".join(str(error).split())}
        connection.send_bytes(json.dumps(answer).encode())
        if SHAPE in answer:
            connection.send_bytes(content)


def run(copy: Callable[[HandedIndex, BufferedReader, int], Copy]) -> None:
    """Answers on the descriptor that is the first argument, by copies on the GPU whose number is the second."""
    import resource

    # A file of what was in memory would hold all vectors.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handle, device = map(int, sys.argv[1:])
    Thread(target=_end_with, args=(handle,), daemon=True).start()
    serve(Connection(handle), lambda handed, stream: copy(handed, stream, device))


def _end_with(handle: int) -> None:
    """Ends this process when its asker has gone, also in the midst of a search that never ends."""
    ends = select.poll()
    ends.register(handle, select.POLLRDHUP)
    ends.poll()
    os._exit(0)


if __name__ == "__main__":
    run(GpuIndex)
