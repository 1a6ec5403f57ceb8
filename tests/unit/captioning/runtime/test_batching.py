"""Each core takes a part of a batch; one for which the memory does not suffice is halved; nothing is left out."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

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
from captioning.runtime.batching import LEAST, MemorySafeBatchRunner, ThreadedBatchRunner
from captioning.runtime.devices import Device, DeviceWarning
from tests.patience import PATIENCE
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
    memory, batches = SmallMemory(holds), MemorySafeBatchRunner()
    assert batches.run(memory, numbered(count)) == list(range(count))
    # What did not fit once is not tried again.
    tried = len(memory.asked)
    assert batches.run(memory, numbered(count)) == list(range(count))
    assert all(size <= holds for size in memory.asked[tried:])


def test_it_is_said_once_for_each_halving() -> None:
    memory, batches = SmallMemory(5), MemorySafeBatchRunner()
    with pytest.warns(DeviceWarning) as told:
        batches.run(memory, numbered(32))
    assert [str(one.message) for one in told] == [
        f"the GPU's memory is short, {most} pictures are taken at once" for most in (16, 8, 4)
    ]
    assert memory.asked == [32, 16, 8] + [4] * 8
    with pytest.warns(DeviceWarning), pytest.raises(DeviceError, match="too little memory for one picture"):
        MemorySafeBatchRunner().run(SmallMemory(0), numbered(2))


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
        np.testing.assert_allclose(ours.embedding, theirs.embedding, atol=1e-4)
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


def test_a_network_without_memory_moves_on_unless_its_gpu_was_asked_for(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny_model(tmp_path_factory.mktemp("m") / "tiny.safetensors")
    pixels = np.random.default_rng(3).integers(0, 256, (5, 32, 32, 3), np.uint8)
    whole = Captioner.__init__
    full = {"cuda:1", "cuda:2"}
    """Those whose memory does not suffice for a picture; the first does not even hold the network."""

    def pretend(captioner: Captioner, file: ModelFile, *, device: torch.device, cores: int) -> None:
        if str(device) == "cuda:0":
            raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate")
        whole(captioner, file, device=torch.device("cpu"))
        captioner.half = False
        if str(device) in full:
            features = captioner.network.encode_features

            def short(part: torch.Tensor, **options: Any) -> object:
                # The first pictures fit before another program takes the memory.
                if len(part) > 2 or described:
                    raise torch.OutOfMemoryError("CUDA out of memory.")
                described.append(len(part))
                return features(part, **options)

            monkeypatch.setattr(captioner.network, "encode_features", short)

    monkeypatch.setattr(Captioner, "__init__", pretend)
    monkeypatch.setattr("torch.cuda.empty_cache", lambda: None)
    first, *others = (Device(f"cuda:{number}") for number in range(4))
    described: list[int] = []
    looked: list[int] = []
    moving = LazyCaptioner.open(path, device=replace(first, others=tuple(others)))
    with pytest.warns(DeviceWarning) as said:
        descriptions = moving.describe(pixels, looked=looked.append)
    assert [str(warning.message) for warning in said if "taken at once" not in str(warning.message)] == [
        "the network could not be brought to the device cuda:0: CUDA out of memory.; it runs on cuda:1",
        "the network finds too little memory on cuda:1; it runs on cuda:2",
        "the network finds too little memory on cuda:2; it runs on cuda:3",
    ]
    assert moving.device.name == "cuda:3"
    # What was looked at on cuda:1 is not counted twice.
    assert (len(descriptions), sum(looked)) == (5, 5)
    described.clear()
    asked = LazyCaptioner.open(path, device=Device("cuda:1", asked=True))
    with pytest.warns(DeviceWarning), pytest.raises(DeviceError, match=r"take the processor: --device cpu$"):
        asked.describe(pixels)
    assert asked.device.name == "cuda:1"
    with pytest.raises(DeviceError, match=r"take the processor: --device cpu$"):
        asked.attention(pixels, ["a dog"] * 5)


@pytest.fixture(autouse=True)
def same_threads() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("cores", "count", "sizes"),
    [(2, 32, [16, 16]), (2, 9, [5, 4]), (2, 2 * LEAST - 1, [7]), (4, 12, [4, 4, 4]), (1, 32, [32]), (2, 0, [0])],
)
def test_each_core_takes_a_part_and_the_order_stays(cores: int, count: int, sizes: list[int]) -> None:
    batches: list[int] = []

    def work(pixels: np.ndarray) -> list[int]:
        batches.append(len(pixels))
        return [int(one) for one in pixels[:, 0, 0, 0]]

    assert ThreadedBatchRunner(cores).run(work, numbered(count)) == list(range(count))
    assert sorted(batches, reverse=True) == sizes


def test_the_parts_run_at_the_same_time_with_one_thread_each() -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE)

    def work(pixels: np.ndarray) -> list[int]:
        meeting.wait()
        return [torch.get_num_threads()] * len(pixels)

    assert set(ThreadedBatchRunner(3).run(work, numbered(12))) == {1}


def test_no_more_cores_are_used_however_many_ask() -> None:
    busy, most = 0, 0
    counting = threading.Lock()

    def work(pixels: np.ndarray) -> list[int]:
        nonlocal busy, most
        with counting:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.02)
        with counting:
            busy -= 1
        return [0] * len(pixels)

    one = ThreadedBatchRunner(1)
    asking = [threading.Thread(target=one.run, args=(work, numbered(8))) for _ in range(3)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert most == 1


def test_an_error_of_one_part_is_told() -> None:
    def work(pixels: np.ndarray) -> list[int]:
        if pixels[0, 0, 0, 0]:
            raise RuntimeError("no more")
        return [0] * len(pixels)

    with pytest.raises(RuntimeError, match="no more"):
        ThreadedBatchRunner(2).run(work, numbered(8))


def test_parts_say_what_the_whole_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_tiny_model(tmp_path_factory.mktemp("m") / "tiny.safetensors")
    pixels = np.random.default_rng(3).integers(0, 256, (9, 32, 32, 3), np.uint8)
    whole = Captioner.load(path)
    parts = Captioner(whole._file, device=torch.device("cpu"), cores=2)
    whole.half = parts.half = False
    for ours, theirs in zip(parts.describe(pixels), whole.describe(pixels), strict=True):
        assert ours.caption.text == theirs.caption.text
        np.testing.assert_allclose(ours.embedding, theirs.embedding, atol=1e-4)
    assert parts.alternatives(pixels, sentences=3)[8][0].text == whole.alternatives(pixels, sentences=3)[8][0].text
