"""Describes the parts of a batch side by side, each on one core of the processor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

T = TypeVar("T")

LEAST = 4
"""Fewer pictures are not worth a core of their own."""


class SideBySide:
    """Gives each core a part of a batch.

    The layers of a small network and the steps of a beam search are too short for several threads to share each: with
    two threads a batch of 32 took as long as with one, and one picture took longer; two halves side by side took three
    fifths of that.
    """

    def __init__(self, cores: int) -> None:
        """Takes how many cores to use, and has torch use one thread for each caller in this process."""
        torch.set_num_threads(1)
        self._cores = cores
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="describe")

    def run(self, work: Callable[[NDArray[np.uint8]], list[T]], pixels: NDArray[np.uint8]) -> list[T]:
        """Gives what `work` says of pictures (B, S, S, 3), uint8, one result each, in their order."""
        parts = max(1, min(self._cores, len(pixels) // LEAST))
        # One part, too, goes through the threads: however many ask, no more cores are used.
        return [one for part in self._threads.map(work, np.array_split(pixels, parts)) for one in part]
