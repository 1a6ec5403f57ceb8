"""Runs work on a batch of pictures: in parts, one a core of the processor, or in parts that a GPU's memory holds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from captioning.errors import DeviceMemoryError
from captioning.runtime.devices import DeviceWarning

T = TypeVar("T")


LEAST = 4
"""Fewer pictures are not worth a core of their own."""


class ThreadedBatchRunner:
    """Gives each core a part of a batch.

    The layers of a small network and the steps of a beam search are too short for several threads to share each: with
    two threads a batch of 32 took as long as with one, and one picture took longer; two halves side by side took three
    fifths of that.
    """

    def __init__(self, cores: int) -> None:
        """Takes how many cores to use; what runs on them must use one thread for each caller."""
        self._cores = cores
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="describe")

    def run(self, work: Callable[[NDArray[np.uint8]], list[T]], pixels: NDArray[np.uint8]) -> list[T]:
        """Gives what `work` says of pictures (B, S, S, 3), uint8, one result each, in their order."""
        parts = max(1, min(self._cores, len(pixels) // LEAST))
        # One part, too, goes through the threads: however many ask, no more cores are used.
        return [result for part in self._threads.map(work, np.array_split(pixels, parts)) for result in part]


@contextmanager
def short_memory_told() -> Iterator[None]:
    """Tells of a GPU's memory that does not suffice as the program's own error.

    Raises:
        DeviceMemoryError: It does not suffice.
    """
    import torch  # whoever runs on a GPU has loaded it

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceMemoryError("the GPU has too little memory; take the processor: --device cpu") from error


class MemorySafeBatchRunner:
    """Halves a batch for which the memory does not suffice, and remembers what fitted."""

    def __init__(self) -> None:
        self.most: int | None = None
        """The most pictures that are tried at once; none before the memory was ever short."""

    def run(self, work: Callable[[NDArray[np.uint8]], list[T]], pixels: NDArray[np.uint8]) -> list[T]:
        """Gives what `work` says of pictures (B, S, S, 3), uint8, one result each, in their order.

        Raises:
            DeviceMemoryError: The memory does not suffice for one picture.
        """
        import torch  # whoever runs on a GPU has loaded it

        done: list[T] = []
        while len(done) < len(pixels):
            part = pixels[len(done) : len(done) + (self.most or len(pixels))]
            try:
                done += work(part)
                continue
            except torch.OutOfMemoryError:
                pass
            # Out here, where the error no longer holds on to what filled the memory.
            self._halve(len(part))
        return done

    def _halve(self, count: int) -> None:
        if count == 1:
            raise DeviceMemoryError("the GPU has too little memory for one picture; take the processor: --device cpu")
        self.most = count // 2
        import torch

        # What the failed batch held would otherwise stay with the allocator, in pieces of its sizes.
        torch.cuda.empty_cache()
        warnings.warn(f"the GPU's memory is short, {self.most} pictures are taken at once", DeviceWarning, stacklevel=4)
