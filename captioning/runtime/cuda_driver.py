"""Asks the CUDA driver about the machine's GPUs, without torch, which takes seconds to load."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU: its name, and its memory in bytes."""

    name: str
    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Driver:
    """What the driver says.

    Attributes:
        version: Major and minor number of the newest CUDA that it runs.
        gpus: In the driver's order, which is that of `cuda:N`.
    """

    version: tuple[int, int]
    gpus: tuple[Gpu, ...]


class _CallError(Exception):
    """The driver refused a call."""


def ask_driver(library: Any = None) -> Driver | None:
    """Asks the driver; none where there is no driver, or where it does not answer.

    Args:
        library: What the driver's functions are called on; the system's driver without it.
    """
    try:
        library = library or ctypes.CDLL(LIBRARY)
        _call(library.cuInit, 0)
        version = _number(library.cuDriverGetVersion)
        gpus = tuple(_gpu(library, number) for number in range(_number(library.cuDeviceGetCount)))
    except (OSError, AttributeError, _CallError):
        return None
    return Driver((version // 1000, version % 1000 // 10), gpus)


def _gpu(library: Any, number: int) -> Gpu:
    handle = ctypes.c_int()
    _call(library.cuDeviceGet, ctypes.byref(handle), number)
    name = ctypes.create_string_buffer(256)
    _call(library.cuDeviceGetName, name, len(name), handle)
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    with _context(library, handle):
        _call(library.cuMemGetInfo_v2, ctypes.byref(free), ctypes.byref(total))
    return Gpu(name.value.decode("utf-8", "replace"), total.value, free.value)


@contextmanager
def _context(library: Any, handle: ctypes.c_int) -> Iterator[None]:
    """The driver tells the memory that is free only within a context."""
    context = ctypes.c_void_p()
    _call(library.cuDevicePrimaryCtxRetain, ctypes.byref(context), handle)
    try:
        _call(library.cuCtxPushCurrent_v2, context)
        yield
        _call(library.cuCtxPopCurrent_v2, ctypes.byref(ctypes.c_void_p()))
    finally:
        library.cuDevicePrimaryCtxRelease_v2(handle)


def _number(function: Any) -> int:
    value = ctypes.c_int()
    _call(function, ctypes.byref(value))
    return value.value


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments):
        raise _CallError
