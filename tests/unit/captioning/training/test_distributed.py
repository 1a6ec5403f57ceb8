"""Two processes that share every batch find the losses and gradients of one process with the whole batch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from captioning.errors import ProcessLostError
from captioning.runtime.devices import Device
from captioning.training.distributed import SINGLE_PROCESS, ProcessGroup, joined, own_device
from tests.processes import exit_codes_of_two
from tests.unit.captioning import drawn_training


@given(items=st.lists(st.integers(), max_size=40), size=st.integers(1, 7))
def test_the_parts_make_the_whole_and_are_even(items: list[int], size: int) -> None:
    parts = [ProcessGroup(rank, size).part(items) for rank in range(size)]
    assert [item for part in parts for item in part] == items
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_alone_everything_stays_as_it_is() -> None:
    x = torch.randn(3, 2)
    assert SINGLE_PROCESS.gather(x) is x
    assert SINGLE_PROCESS.mean(x) is x
    assert SINGLE_PROCESS.from_first("said") == "said"
    assert SINGLE_PROCESS.first
    module = torch.nn.Linear(2, 2)
    assert SINGLE_PROCESS.parallel(module) is module
    with SINGLE_PROCESS.rank_zero_first():
        pass


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined(torch.device("cpu")) as process_group:
        assert process_group == SINGLE_PROCESS
    assert own_device("auto") == "auto"


def test_each_process_takes_the_gpu_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr("captioning.training.distributed.choose_device", lambda option: Device("cuda:3"))
    assert [own_device(option) for option in ("auto", "cuda", "cpu", "cuda:2")] == ["cuda:1", "cuda:1", "cpu", "cuda:2"]
    monkeypatch.setattr("captioning.training.distributed.choose_device", lambda option: Device())
    assert own_device("auto") == "cpu"


def test_two_processes_are_as_one(tmp_path: Path) -> None:
    drawn_training.write_steps(tmp_path)
    assert exit_codes_of_two(drawn_training.write_steps, tmp_path) == [0, 0]
    alone, together = (load_file(tmp_path / f"told-by-{size}.safetensors") for size in (1, 2))
    assert alone.keys() == together.keys()
    losses = {name: float(value) for name, value in alone.items() if "gradient" not in name}
    assert {name.split()[1] for name in losses} == {
        *("nll", "mmi", "triplet", "keyword", "soft_target", "image_teacher", "scst"),
        *("text_nll", "text_relation", "text_teacher"),
    }
    assert all(losses.values())
    for name, expected in alone.items():
        largest = float(expected.abs().max())
        torch.testing.assert_close(together[name], expected, rtol=1e-4, atol=1e-4 * largest, msg=name)


def test_two_processes_end_with_the_weights_of_one(tmp_path: Path) -> None:
    drawn_training.train_whole(tmp_path)
    assert exit_codes_of_two(drawn_training.train_whole, tmp_path) == [0, 0]
    alone, together = (load_file(tmp_path / f"run-{size}" / "checkpoint.safetensors") for size in (1, 2))
    assert alone.keys() == together.keys()
    for name, expected in alone.items():
        if name.startswith("network."):
            torch.testing.assert_close(together[name], expected, rtol=1e-4, atol=1e-4, msg=name)
    # All rounding together is small beside what was learnt.
    begun = load_file(tmp_path / "data" / "backbone.safetensors")
    learnt, apart = (
        torch.cat(
            [(alone[f"network.encoder.backbone.{name}"] - other(name)).flatten() for name in begun if "num" not in name]
        )
        for other in (begun.__getitem__, lambda name: together[f"network.encoder.backbone.{name}"])
    )
    assert float(learnt.norm()) > 0
    assert float(apart.norm() / learnt.norm()) < 0.02


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (RuntimeError("[third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [::1]:1"), True),
        (torch.distributed.DistNetworkError("failed to recv, got 0 bytes"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    ],
)
def test_only_a_lost_process_is_told_as_one(error: RuntimeError, lost: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("init_process_group", "destroy_process_group"):
        monkeypatch.setattr(f"torch.distributed.{name}", lambda *_, **__: None)
    monkeypatch.setattr("torch.distributed.get_rank", lambda: 0)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 2)
    with pytest.raises(ProcessLostError if lost else RuntimeError) as told, joined(torch.device("cpu")):
        raise error
    assert told.value is error or told.value.__cause__ is error
