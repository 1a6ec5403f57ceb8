from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from captioning.captioner import Captioner
from captioning.runtime.threaded_batches import LEAST, SideBySide
from tests.tiny_model import write_tiny_model


@pytest.fixture(autouse=True)
def same_threads() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def numbered(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint8)[:, None, None, None].repeat(3, 3)


@pytest.mark.parametrize(
    ("cores", "count", "sizes"),
    [(2, 32, [16, 16]), (2, 9, [5, 4]), (2, 2 * LEAST - 1, [7]), (4, 12, [4, 4, 4]), (1, 32, [32]), (2, 0, [0])],
)
def test_each_core_takes_a_part_and_the_order_stays(cores: int, count: int, sizes: list[int]) -> None:
    asked: list[int] = []

    def work(pixels: np.ndarray) -> list[int]:
        asked.append(len(pixels))
        return [int(one) for one in pixels[:, 0, 0, 0]]

    assert SideBySide(cores).run(work, numbered(count)) == list(range(count))
    assert sorted(asked, reverse=True) == sizes


def test_the_parts_run_at_the_same_time_with_one_thread_each() -> None:
    meeting = threading.Barrier(3, timeout=30)

    def work(pixels: np.ndarray) -> list[int]:
        meeting.wait()
        return [torch.get_num_threads()] * len(pixels)

    assert set(SideBySide(3).run(work, numbered(12))) == {1}


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

    one = SideBySide(1)
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
        SideBySide(2).run(work, numbered(8))


def test_parts_say_what_the_whole_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_tiny_model(tmp_path_factory.mktemp("m") / "tiny.safetensors")
    pixels = np.random.default_rng(3).integers(0, 256, (9, 32, 32, 3), np.uint8)
    whole = Captioner.load(path)
    parts = Captioner(whole._file, device=torch.device("cpu"), cores=2)
    whole.half = parts.half = False
    for ours, theirs in zip(parts.describe(pixels), whole.describe(pixels), strict=True):
        assert ours.caption.text == theirs.caption.text
        np.testing.assert_allclose(ours.embedding, theirs.embedding, atol=1e-5)
    assert parts.alternatives(pixels, sentences=3)[8][0].text == whole.alternatives(pixels, sentences=3)[8][0].text
