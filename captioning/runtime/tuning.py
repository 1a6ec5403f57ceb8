"""Tunes the process: how its threads wait, how memory is given back, and when Python collects garbage."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from functools import cache

VARIABLE = "OMP_WAIT_POLICY"
"""OpenMP reads it once, when its library is loaded."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""Options of glibc's `mallopt`; see mallopt(3)."""

_LARGE = 2**20
"""Bytes of memory that is given back as soon as it is free."""


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
    return _allocate({_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1})


@cache
def give_back_freed_memory() -> bool:
    """Has glibc give back at once what large buffers leave; elsewhere nothing is done or wrong.

    By itself it keeps the more, the larger what was freed before, and each thread's for itself: what decoded pictures
    leave would stay beside a network that keeps buffers of its own.

    Returns:
        Whether the C library took the options.
    """
    return _allocate({_MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _LARGE})


def _allocate(options: Mapping[int, int]) -> bool:
    import ctypes  # costs every command's start time, and not every command needs it

    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    return all(mallopt(option, value) for option, value in options.items())


COLLECT_AFTER = (5_000, 10, 1_000)
"""New objects after which Python looks for cycles among the young, the older, and all.

A picture in cells of a terminal is thousands of small objects: with Python's own numbers all are looked through again
and again, which takes a tenth of a second each time.
"""

SWITCH_AFTER = 0.001
"""Seconds for which a thread that decodes or draws keeps an interface waiting; Python's own are five times as many."""


def shorten_pauses() -> None:
    """Keeps the pauses of Python itself shorter than a frame, for whoever watches the process draw.

    Called once, when everything is loaded.
    """
    gc.collect()
    # What is loaded stays: there is no need to look through it again.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_AFTER)
