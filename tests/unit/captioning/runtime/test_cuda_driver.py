"""The driver is asked through its C interface, here played by a few lines of Python."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from captioning.runtime import cuda_driver
from captioning.runtime.cuda_driver import Driver, Gpu, ask_driver

GPUS = [Gpu("Large One", 80 * 2**30, 70 * 2**30), Gpu("Small One", 8 * 2**30, 2**20)]


class FakeDriver:
    """Answers as libcuda does: results by pointer, 0 for success."""

    def __init__(
        self, *, version: int = 13010, failing: str = "", code: int = 999, of: tuple[int, ...] = (0, 1)
    ) -> None:
        """Refuses one function with a code, where it is about a GPU only of these."""
        self.version, self.failing, self.code, self.of = version, failing, code, of
        self.retained = 0
        self.current: list[int] = []

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("cu"):
            raise AttributeError(name)

        def call(*arguments: Any) -> int:
            if name == self.failing and self._concerns(arguments):
                return self.code
            getattr(self, f"do_{name}", lambda *_: None)(*arguments)
            return 0

        return call

    def _concerns(self, arguments: tuple[Any, ...]) -> bool:
        handles = [argument for argument in arguments if isinstance(argument, ctypes.c_int)]
        return not handles or handles[0].value - 10 in self.of

    def do_cuDriverGetVersion(self, version: Any) -> None:  # noqa: N802
        version._obj.value = self.version

    def do_cuDeviceGetCount(self, count: Any) -> None:  # noqa: N802
        count._obj.value = len(GPUS)

    def do_cuDeviceGet(self, handle: Any, number: int) -> None:  # noqa: N802
        handle._obj.value = number + 10

    def do_cuDeviceGetName(self, name: Any, size: int, handle: ctypes.c_int) -> None:  # noqa: N802
        assert size == len(name)
        name.value = GPUS[handle.value - 10].name.encode()

    def do_cuDevicePrimaryCtxRetain(self, context: Any, handle: ctypes.c_int) -> None:  # noqa: N802
        self.retained += 1
        context._obj.value = handle.value

    def do_cuCtxPushCurrent_v2(self, context: ctypes.c_void_p) -> None:  # noqa: N802
        assert context.value is not None
        self.current.append(context.value)

    def do_cuCtxPopCurrent_v2(self, context: Any) -> None:  # noqa: N802
        context._obj.value = self.current.pop()

    def do_cuDevicePrimaryCtxRelease_v2(self, handle: ctypes.c_int) -> None:  # noqa: N802
        self.retained -= 1

    def do_cuMemGetInfo_v2(self, free: Any, total: Any) -> None:  # noqa: N802
        gpu = GPUS[self.current[-1] - 10]
        free._obj.value, total._obj.value = gpu.free, gpu.total


def test_a_driver_tells_version_and_gpus_and_is_left_as_it_was() -> None:
    driver = FakeDriver()
    assert ask_driver(driver) == Driver((13, 1), tuple(GPUS))
    assert (driver.retained, driver.current) == (0, [])


@pytest.mark.parametrize("call", ["cuInit", "cuDeviceGetCount", "cuDeviceGetName"])
def test_a_driver_that_does_not_answer_says_by_what_error(call: str) -> None:
    assert ask_driver(FakeDriver(failing=call, code=803)) == Driver((13, 1), (), 803)
    assert ask_driver(FakeDriver(failing="cuDriverGetVersion")) is None


def test_a_driver_without_a_gpu_or_whose_gpus_are_hidden_has_none() -> None:
    assert ask_driver(FakeDriver(failing="cuInit", code=100)) == Driver((13, 1), ())


@pytest.mark.parametrize(("call", "code"), [("cuDevicePrimaryCtxRetain", 2), ("cuDevicePrimaryCtxRetain", 46)])
def test_a_gpu_that_refuses_does_not_keep_from_the_others(call: str, code: int) -> None:
    driver = FakeDriver(failing=call, code=code, of=(0,))
    assert ask_driver(driver) == Driver((13, 1), (Gpu("Large One", 0, 0, code), GPUS[1]))
    assert (driver.retained, driver.current) == (0, [])


def test_a_gpu_whose_memory_is_not_told_is_given_back() -> None:
    driver = FakeDriver(failing="cuMemGetInfo_v2", code=700)
    told = ask_driver(driver)
    assert told is not None
    assert [gpu.error for gpu in told.gpus] == [700, 700]
    assert (driver.retained, driver.current) == (0, [])


def test_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_driver, "LIBRARY", "libnothing-of-that-name.so")
    assert ask_driver() is None
