"""Decides once, at the edge of the program, where networks and indexes run, and tells why, without loading torch."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from captioning.errors import DeviceError
from captioning.runtime.cuda_driver import Driver, Gpu, ask_driver

NEEDED = 2 * 2**30
"""Bytes of free memory below which a GPU is of no use: CUDA itself takes half a gigabyte, the network as much."""

BYTES_PER_PICTURE = 2 * 16 * 2**20
"""Memory that one more picture in a batch takes on a GPU, rounded up: two batches are described at once."""

BATCH, LARGEST_BATCH = 64, 256
"""Pictures described at once on each core of a processor, and at most: a batch that is killed is lost."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The environment variable that hides GPUs from the driver, which counts the others from 0."""

_REFUSALS = {2: "all of its memory is in use", 46: "another program has it to itself"}
"""What the driver's codes for a GPU mean: no memory for a context, and exclusive use."""

_OPTION = re.compile(r"auto|cpu|cuda(?::(\d+))?")


class DeviceWarning(UserWarning):
    """A device is used less than was hoped for; the message is one sentence for people."""


def available_cores() -> int:
    """How many cores of the processor this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Device:
    """Where networks and indexes run.

    Attributes:
        name: As torch calls it: `cpu` or `cuda:N`.
        reason: Why, as a clause.
        asked: Whether somebody asked for this very kind of device.
        free: Bytes of the GPU's memory that were free; 0 for a processor.
        cores: How many cores of the processor describe side by side where there is no GPU.
        others: The GPUs to go to, one after the other, where this one fails.
    """

    name: str = "cpu"
    reason: str = "nothing else was asked for"
    asked: bool = False
    free: int = 0
    cores: int = field(default_factory=available_cores)
    others: tuple[Device, ...] = ()

    @property
    def gpu(self) -> int | None:
        """The number of the GPU; none for a processor."""
        return None if self.name == "cpu" else int(self.name.partition(":")[2])

    @property
    def batch(self) -> int:
        """How many pictures to describe at once: on a GPU a power of two that fits its free memory."""
        if self.gpu is None:
            return min(LARGEST_BATCH, BATCH * self.cores)
        fitting = max(1, (self.free - NEEDED // 2) // BYTES_PER_PICTURE)
        return int(min(LARGEST_BATCH, 2 ** (fitting.bit_length() - 1)))

    def instead(self) -> Device:
        """Where to go when this GPU fails: to the next, and to the processor when there is none."""
        if not self.others:
            return Device(reason=f"{self.name} failed", cores=self.cores)
        return replace(self.others[0], cores=self.cores, others=self.others[1:])

    def sparing_a_core(self) -> Device:
        """The same, with a core left to somebody who waits for the program meanwhile."""
        return replace(self, cores=max(1, self.cores - 1))


CPU = Device()


def choose_device(
    option: str, *, ask: Callable[[], Driver | None] = ask_driver, built_for: Callable[[], str | None] | None = None
) -> Device:
    """Chooses the device that `auto`, `cpu`, `cuda` or `cuda:N` means on this machine.

    Args:
        option: `auto` takes the GPU with the most free memory, and the processor where there is none to use; `cuda` is
            the first GPU.
        ask: Asks the CUDA driver.
        built_for: Tells the CUDA version that torch was built for; none for a torch without CUDA.

    Raises:
        DeviceError: The option is none of these, or the GPU that it names cannot be used.
    """
    matched = _OPTION.fullmatch(option)
    if matched is None:
        raise DeviceError(f"the device must be auto, cpu, cuda or cuda:N, not {option!r}")
    if option == "cpu":
        return Device(reason="it was asked for", asked=True)
    built = (built_for or torch_cuda)()
    driver = ask() if built else None
    gpus = driver.gpus if driver else ()
    obstacle = _obstacle(built, driver)
    if option == "auto":
        numbers = sorted(range(len(gpus)), key=lambda number: (-gpus[number].free, number)) or [0]
        first, *rest = numbers
    else:
        first, rest = int(matched[1] or 0), []
    obstacle = obstacle or _unfit(gpus, first)
    if obstacle is None:
        others = tuple(_on(gpus, number) for number in rest if _unfit(gpus, number) is None)
        return replace(_on(gpus, first), asked=option != "auto", others=others)
    if option != "auto":
        raise DeviceError(f"the device {option} cannot be used: {obstacle}")
    return Device(reason=f"of {len(gpus)} GPUs none can be used, and of cuda:{first} {obstacle}" if rest else obstacle)


def _on(gpus: tuple[Gpu, ...], number: int) -> Device:
    gpu = gpus[number]
    return Device(
        f"cuda:{number}", f"{gpu.name}, {_gigabytes(gpu.free)} of {_gigabytes(gpu.total)} free", free=gpu.free
    )


def _obstacle(built: str | None, driver: Driver | None) -> str | None:
    """Why no GPU of the machine can be used."""
    if built is None:
        return "this torch was built without CUDA"
    if driver is None:
        return "there is no CUDA driver"
    if driver.error:
        return f"the CUDA driver answers with the error {driver.error}; after its update a restart helps"
    if not driver.gpus:
        shown = os.environ.get(VISIBLE)
        return "the CUDA driver finds no GPU" + (f" where {VISIBLE} is {shown!r}" if shown is not None else "")
    # Within a major version newer builds run on older drivers.
    if driver.version[0] < int(built.partition(".")[0]):
        held = ".".join(map(str, driver.version))
        return f"the driver runs CUDA up to {held} and torch was built for CUDA {built}, so update the driver"
    return None


def _unfit(gpus: tuple[Gpu, ...], number: int) -> str | None:
    """Why this one of the GPUs that there are cannot be used."""
    if number >= len(gpus):
        whose = f"{VISIBLE} shows" if VISIBLE in os.environ else "the machine has"
        return f"{whose} {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}, counted from cuda:0"
    gpu = gpus[number]
    if gpu.error:
        return _REFUSALS.get(gpu.error, f"the driver says the error {gpu.error}")
    if gpu.free < NEEDED:
        return f"{_gigabytes(gpu.free)} of its memory are free, {_gigabytes(NEEDED)} are needed"
    return None


def torch_cuda() -> str | None:
    """The CUDA version that the installed torch was built for, read from its files."""
    spec = find_spec("torch")
    if spec is None or not spec.origin:
        return None
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    version = re.search(r"^cuda\b.*=\s*'([\d.]+)'", text, re.MULTILINE)
    return version[1] if version else None


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.1f} GB"
