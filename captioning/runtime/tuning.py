"""Tunes the process for a network on a processor: how its threads wait, and how its memory is given back."""

from __future__ import annotations

import os
import sys
from functools import cache

VARIABLE = "OMP_WAIT_POLICY"
"""OpenMP reads it once, when its library is loaded."""

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Options of glibc's `mallopt`; see mallopt(3)."""


def wait_asleep() -> None:
    """Has the threads of torch and FAISS sleep while they wait for each other, instead of spinning.

    Must be called before either is imported; what the environment says already stays.

    Where other work shares the processor, such as the threads that decode pictures or another program, a thread that
    spins takes the time of the one it waits for: with ten programs on two cores a network took four times the
    processor time, and twice to six times the time by the clock.
    """
    os.environ.setdefault(VARIABLE, "PASSIVE")


@cache
def keep_freed_memory() -> bool:
    """Has glibc keep the memory that a network gives back after every layer; elsewhere nothing is done or wrong.

    Large blocks are otherwise mapped, zeroed page by page, and unmapped for every layer and batch, which took a quarter
    to a third of a network's time on a processor. The process keeps the most memory it ever used.

    Returns:
        Whether the C library took the options.
    """
    import ctypes  # costs every command's start time, and not every command needs it

    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, 2**31 - 1))
