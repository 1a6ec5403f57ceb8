"""Stands for the process that searches on a GPU: it searches in the processor's memory, and fails as it is told."""

from __future__ import annotations

import os
import sys
from io import BufferedReader
from threading import Event

import numpy as np
from numpy.typing import NDArray

from index_data.vectors.faiss_library import load_faiss
from index_data.vectors.gpu_apart import HandedIndex, Hits, run

FAULT = "STAND_IN_FAULT"
"""The environment variable that says how it fails, and STARTING before it that it does so with the first index."""

STARTING = "starting to "
LAST_WORDS = "Faiss assertion 'err == CUBLAS_STATUS_SUCCESS' failed"


class StandIn:
    def __init__(self, handed: HandedIndex, stream: BufferedReader, device: int) -> None:
        fault = os.environ.get(FAULT, "")
        self.fault = "" if fault.startswith(STARTING) else fault
        fail(fault.removeprefix(STARTING) if not self.fault else "")
        self.lists = handed.lists
        if handed.lists:
            self.index = handed.read(stream, load_faiss())
            self.index.nprobe = handed.probes
        else:
            ids, vectors = handed.arrays(stream)
            # What was mapped goes with the file.
            self.ids, self.vectors = ids.copy(), vectors.copy()

    def search(self, questions: NDArray[np.float32], count: int) -> Hits:
        fail(self.fault)
        if self.lists:
            scores, ids = self.index.search(questions, count)
        else:
            products = questions @ self.vectors.T
            order = np.argsort(-products, axis=1, kind="stable")[:, :count]
            scores, ids = np.take_along_axis(products, order, 1), self.ids[order]
        return (scores[:, 1:], ids[:, 1:]) if self.fault == "answer too little" else (scores, ids)


def fail(fault: str) -> None:
    match fault:
        case "abort":
            print("loading", LAST_WORDS, sep="\n", file=sys.stderr, flush=True)
            os.abort()
        case "end":
            os._exit(0)
        case "hang":
            Event().wait()
        case "raise":
            raise RuntimeError("CUDA error 2:\n out of memory")


if __name__ == "__main__":
    run(StandIn)
