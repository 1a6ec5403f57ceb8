"""One device is chosen by what torch, the driver and the memory allow, and the reason is told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from captioning.errors import DeviceError
from captioning.runtime.cuda_driver import Driver, Gpu
from captioning.runtime.devices import (
    BATCH,
    CPU,
    LARGEST_BATCH,
    NEEDED,
    Device,
    available_cores,
    choose_device,
    torch_cuda,
)

LARGE = Gpu("Large One", 80 * 2**30, 70 * 2**30)
FULL = Gpu("Full One", 8 * 2**30, 2**30)
SMALL = Gpu("Small One", 8 * 2**30, 6 * 2**30)


TAKEN = Gpu("Taken One", 0, 0, 46)
FILLED = Gpu("Filled One", 0, 0, 2)


@pytest.fixture(autouse=True)
def all_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def choose(
    option: str, *gpus: Gpu, version: tuple[int, int] = (13, 0), built: str | None = "13.0", error: int = 0
) -> Device:
    return choose_device(option, ask=lambda: Driver(version, gpus, error), built_for=lambda: built)


def test_auto_takes_the_gpu_with_the_most_free_memory() -> None:
    chosen = choose("auto", FULL, SMALL, LARGE)
    assert (chosen.name, chosen.gpu, chosen.asked) == ("cuda:2", 2, False)
    assert chosen.reason == "Large One, 70.0 GB of 80.0 GB free"
    assert choose("auto", SMALL, SMALL).name == "cuda:0"
    # Where it fails, the one with the next most is taken, and the processor behind the last.
    second = chosen.instead()
    assert (second.name, second.reason, second.cores) == ("cuda:1", "Small One, 6.0 GB of 8.0 GB free", chosen.cores)
    assert second.instead() == Device(reason="cuda:1 failed")
    assert choose("cuda:1", FULL, SMALL, LARGE).others == ()


def test_gpus_that_others_use_are_passed_over() -> None:
    chosen = choose("auto", TAKEN, FILLED, FULL, SMALL)
    assert (chosen.name, chosen.others) == ("cuda:3", ())
    for option, reason in (
        ("cuda:0", "another program has it to itself"),
        ("cuda:1", "all of its memory is in use"),
        ("cuda:2", "1.0 GB of its memory are free, 2.0 GB are needed"),
    ):
        with pytest.raises(DeviceError, match=f"^the device {option} cannot be used: {reason}$"):
            choose(option, TAKEN, FILLED, FULL, SMALL)
    # Of several that cannot be used it is told what lacks least.
    assert choose("auto", TAKEN, FULL).reason == (
        "of 2 GPUs none can be used, and of cuda:1 1.0 GB of its memory are free, 2.0 GB are needed"
    )
    assert choose("auto", TAKEN).reason == "another program has it to itself"
    assert choose("auto", Gpu("Odd One", 0, 0, 719)).reason == "the driver says the error 719"


@pytest.mark.parametrize("shown", ["", "7", "no such GPU"])
def test_hidden_gpus_are_told_from_missing_ones(shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    reason = f"the CUDA driver finds no GPU where CUDA_VISIBLE_DEVICES is {shown!r}"
    assert choose("auto").reason == reason
    with pytest.raises(DeviceError, match=re.escape(f"the device cuda:0 cannot be used: {reason}")):
        choose("cuda:0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with pytest.raises(DeviceError, match=r"CUDA_VISIBLE_DEVICES shows 1 GPU, counted from cuda:0$"):
        choose("cuda:1", LARGE)


def test_a_gpu_that_is_asked_for_is_taken() -> None:
    assert choose("cuda", SMALL, LARGE).name == "cuda:0"
    chosen = choose("cuda:1", SMALL, LARGE)
    assert (chosen.name, chosen.asked) == ("cuda:1", True)
    assert choose("cpu", LARGE) == Device(reason="it was asked for", asked=True)


OBSTACLES = [
    ({"built": None}, (LARGE,), "this torch was built without CUDA"),
    ({}, (), "the CUDA driver finds no GPU"),
    (
        {"version": (12, 8)},
        (LARGE,),
        "the driver runs CUDA up to 12.8 and torch was built for CUDA 13.0, so update the driver",
    ),
    (
        {"error": 803},
        (),
        "the CUDA driver answers with the error 803; after its update a restart helps",
    ),
    ({}, (FULL,), "1.0 GB of its memory are free, 2.0 GB are needed"),
]


@pytest.mark.parametrize(("changes", "gpus", "reason"), OBSTACLES)
def test_what_keeps_from_a_gpu_is_told(changes: dict[str, object], gpus: tuple[Gpu, ...], reason: str) -> None:
    assert choose("auto", *gpus, **changes) == Device(reason=reason)  # type: ignore[arg-type]
    with pytest.raises(DeviceError, match=re.escape(f"the device cuda cannot be used: {reason}")):
        choose("cuda", *gpus, **changes)  # type: ignore[arg-type]


def test_without_a_driver_or_such_a_gpu() -> None:
    assert choose_device("auto", ask=lambda: None, built_for=lambda: "13.0").reason == "there is no CUDA driver"
    with pytest.raises(DeviceError, match="the device cuda:2 cannot be used: the machine has 2 GPUs, counted from"):
        choose("cuda:2", SMALL, LARGE)
    # A driver of the same major version runs newer builds.
    assert choose("auto", LARGE, version=(12, 2), built="12.8").name == "cuda:0"


@pytest.mark.parametrize("option", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", "mps", "cuda:0 "])
def test_options_that_are_none(option: str) -> None:
    with pytest.raises(DeviceError, match=re.escape(f"auto, cpu, cuda or cuda:N, not {option!r}")):
        choose(option, LARGE)


def test_the_batch_fits_the_free_memory() -> None:
    assert CPU.batch == min(LARGEST_BATCH, BATCH * available_cores())
    assert available_cores() >= 1
    assert Device(cores=4).sparing_a_core() == Device(cores=3)
    assert Device(cores=1).sparing_a_core().batch == BATCH
    batches = [Device("cuda:0", free=NEEDED * n).batch for n in (1, 2, 3, 30)]
    assert batches == sorted(batches)
    assert batches[-1] == LARGEST_BATCH
    assert all(batch & (batch - 1) == 0 for batch in batches)
    assert Device("cuda:0", free=0).batch == 1


def test_the_cuda_of_torch_is_read_from_its_files() -> None:
    code = (
        "import sys; from captioning.runtime.devices import choose_device, torch_cuda; choose_device('auto'); "
        "print(torch_cuda()); assert 'torch' not in sys.modules"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told == str(torch.version.cuda)


def test_a_torch_without_cuda_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "torch" / "version.py").write_text("__version__ = '2.14.1+cpu'\ncuda: Optional[str] = None\n")
    monkeypatch.setattr(
        "captioning.runtime.devices.find_spec", lambda name: _Spec(str(tmp_path / name / "__init__.py"))
    )
    assert torch_cuda() is None
    (tmp_path / "torch" / "version.py").unlink()
    assert torch_cuda() is None
    monkeypatch.setattr("captioning.runtime.devices.find_spec", lambda name: None)
    assert torch_cuda() is None


class _Spec:
    def __init__(self, origin: str) -> None:
        self.origin = origin
