"""Runs work on as many pictures at once as the memory of a device holds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from captioning.errors import DeviceError
from captioning.runtime.devices import DeviceWarning

T = TypeVar("T")


class FittingBatches:
    """Halves a batch for which the memory does not suffice, and remembers what fitted."""

    def __init__(self) -> None:
        self.most: int | None = None
        """The most pictures that are tried at once; none before the memory was ever short."""

    def run(self, work: Callable[[NDArray[np.uint8]], list[T]], pixels: NDArray[np.uint8]) -> list[T]:
        """Gives what `work` says of pictures (B, S, S, 3), uint8, one result each, in their order.

        Raises:
            DeviceError: The memory does not suffice for one picture.
        """
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
            raise DeviceError("the GPU has too little memory for one picture; take the processor: --device cpu")
        self.most = count // 2
        # What the failed batch held would otherwise stay with the allocator, in pieces of its sizes.
        torch.cuda.empty_cache()
        warnings.warn(f"the GPU's memory is short, {self.most} pictures are taken at once", DeviceWarning, stacklevel=4)
