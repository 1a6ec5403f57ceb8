"""Asks the CUDA driver about the machine's GPUs, without torch, which takes seconds to load."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


NO_DEVICE = 100
"""The driver's code where it finds no GPU, or where `CUDA_VISIBLE_DEVICES` hides them all."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU: its name, and its memory in bytes.

    Attributes:
        error: The code with which it refuses to be used; 0 where it does not.
    """

    name: str
    total: int
    free: int
    error: int = 0


@dataclass(frozen=True, slots=True)
class Driver:
    """What the driver says.

    Attributes:
        version: Major and minor number of the newest CUDA that it runs.
        gpus: In the driver's order, which is that of `cuda:N`.
        error: The code with which it refuses to answer; 0 where it does not.
    """

    version: tuple[int, int]
    gpus: tuple[Gpu, ...]
    error: int = 0


class _CallError(Exception):
    """The driver refused a call.

    Attributes:
        code: The driver's own.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def ask_driver(library: Any = None) -> Driver | None:
    """Asks the driver; none where there is no driver.

    Args:
        library: What the driver's functions are called on; the system's driver without it.
    """
    try:
        library = library or ctypes.CDLL(LIBRARY)
        number = _number(library.cuDriverGetVersion)
        version = number // 1000, number % 1000 // 10
        try:
            _call(library.cuInit, 0)
            return Driver(version, tuple(_gpu(library, at) for at in range(_number(library.cuDeviceGetCount))))
        except _CallError as error:
            return Driver(version, (), 0 if error.code == NO_DEVICE else error.code)
    except (OSError, AttributeError, _CallError):
        return None


def _gpu(library: Any, number: int) -> Gpu:
    """A GPU; its memory is not known where others keep it to themselves, or have filled it."""
    handle = ctypes.c_int()
    _call(library.cuDeviceGet, ctypes.byref(handle), number)
    name = ctypes.create_string_buffer(256)
    _call(library.cuDeviceGetName, name, len(name), handle)
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    called = name.value.decode("utf-8", "replace")
    try:
        with _context(library, handle):
            _call(library.cuMemGetInfo_v2, ctypes.byref(free), ctypes.byref(total))
    except _CallError as error:
        return Gpu(called, 0, 0, error.code)
    return Gpu(called, total.value, free.value)


@contextmanager
def _context(library: Any, handle: ctypes.c_int) -> Iterator[None]:
    """The driver tells the memory that is free only within a context."""
    context = ctypes.c_void_p()
    _call(library.cuDevicePrimaryCtxRetain, ctypes.byref(context), handle)
    try:
        _call(library.cuCtxPushCurrent_v2, context)
        try:
            yield
        finally:
            library.cuCtxPopCurrent_v2(ctypes.byref(ctypes.c_void_p()))
    finally:
        library.cuDevicePrimaryCtxRelease_v2(handle)


def _number(function: Any) -> int:
    value = ctypes.c_int()
    _call(function, ctypes.byref(value))
    return value.value


def _call(function: Any, *arguments: Any) -> None:
    if code := function(*arguments):
        raise _CallError(code)
