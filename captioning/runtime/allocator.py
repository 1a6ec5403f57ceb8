"""Tells the C library to keep the memory that a network gives back after every layer, instead of returning it."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Options of glibc's `mallopt`; see mallopt(3)."""


@cache
def keep_freed_memory() -> bool:
    """Has glibc reuse memory of any size; elsewhere nothing is done, and nothing is wrong.

    Large blocks are otherwise mapped, zeroed page by page, and unmapped for every layer and batch, which took a quarter
    to a third of a network's time on a processor. The process keeps the most memory it ever used.

    Returns:
        Whether the C library took the options.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, 2**31 - 1))
