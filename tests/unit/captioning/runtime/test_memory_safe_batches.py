"""A batch for which the memory does not suffice is halved, and nothing is done twice or left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from captioning.captioner import Captioner
from captioning.errors import DeviceError
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import ModelFile
from captioning.outputs import Description
from captioning.runtime.devices import Device, DeviceWarning
from captioning.runtime.memory_safe_batches import FittingBatches
from tests.tiny_model import write_tiny_model


class SmallMemory:
    """Holds so many pictures at once."""

    def __init__(self, holds: int) -> None:
        self.holds = holds
        self.asked: list[int] = []

    def __call__(self, pixels: NDArray[np.uint8]) -> list[int]:
        self.asked.append(len(pixels))
        if len(pixels) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return [int(picture[0, 0, 0]) for picture in pixels]


def numbered(count: int) -> NDArray[np.uint8]:
    return np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


@given(count=st.integers(0, 70), holds=st.integers(1, 80))
@pytest.mark.filterwarnings("ignore::captioning.runtime.devices.DeviceWarning")
def test_every_picture_is_taken_once_and_in_order(count: int, holds: int) -> None:
    memory, batches = SmallMemory(holds), FittingBatches()
    assert batches.run(memory, numbered(count)) == list(range(count))
    # What did not fit once is not tried again.
    tried = len(memory.asked)
    assert batches.run(memory, numbered(count)) == list(range(count))
    assert all(size <= holds for size in memory.asked[tried:])


def test_it_is_said_once_for_each_halving() -> None:
    memory, batches = SmallMemory(5), FittingBatches()
    with pytest.warns(DeviceWarning) as told:
        batches.run(memory, numbered(32))
    assert [str(one.message) for one in told] == [
        f"the GPU's memory is short, {most} pictures are taken at once" for most in (16, 8, 4)
    ]
    assert memory.asked == [32, 16, 8] + [4] * 8
    with pytest.warns(DeviceWarning), pytest.raises(DeviceError, match="too little memory for one picture"):
        FittingBatches().run(SmallMemory(0), numbered(2))


def test_a_captioner_goes_on_with_half_of_the_batch(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    captioner = Captioner.load(write_tiny_model(tmp_path_factory.mktemp("m") / "tiny.safetensors"))
    captioner.half = False
    pixels = np.random.default_rng(3).integers(0, 256, (7, 32, 32, 3), np.uint8)
    expected = captioner.describe(pixels)
    others = captioner.alternatives(pixels, sentences=3)
    whole = captioner.network.encoder.forward

    def short(pictures: torch.Tensor) -> object:
        if len(pictures) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(pictures)

    monkeypatch.setattr(captioner.network.encoder, "forward", short)
    with pytest.warns(DeviceWarning, match="3 pictures are taken at once"):
        found = captioner.describe(pixels)
    assert [text(one) for one in found] == [text(one) for one in expected]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours.embedding, theirs.embedding, atol=1e-5)
    assert [[c.text for c in some] for some in captioner.alternatives(pixels, sentences=3)] == [
        [c.text for c in some] for some in others
    ]


def text(description: Description) -> str:
    return description.caption.text


def test_a_gpu_that_fails_at_once_is_left_unless_it_was_asked_for(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny_model(tmp_path_factory.mktemp("m") / "tiny.safetensors")
    pixels = np.random.default_rng(3).integers(0, 256, (2, 32, 32, 3), np.uint8)
    whole = Captioner.__init__

    def broken(captioner: Captioner, file: ModelFile, *, device: torch.device, cores: int) -> None:
        if device.type == "cuda":
            raise RuntimeError("CUDA error 36: not supported\nCompile with more flags")
        whole(captioner, file, device=device, cores=cores)

    monkeypatch.setattr(Captioner, "__init__", broken)
    with pytest.raises(
        DeviceError, match=r"^the network could not be brought to the device cuda:0: CUDA error 36: not su"
    ):
        LazyCaptioner.open(path, device=Device("cuda:0", asked=True)).describe(pixels)
    with pytest.warns(DeviceWarning, match=r"cuda:0: CUDA error 36: not supported; it runs on the processor$"):
        assert len(LazyCaptioner.open(path, device=Device("cuda:0")).describe(pixels)) == 2
