from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import AdamW

from captioning.errors import ModelFileError
from captioning.training.checkpoint import Progress, load_checkpoint, read_header, restore_optimizer, save_checkpoint

PROGRESS = Progress(1, 2, 3, {"nll": 0.5}, 40, 1.25, [{"stage": "s", "epoch": 1, "losses": {"nll": 2.0}, "scores": {}}])


class Tied(nn.Module):
    """A network whose output shares its matrix, as the decoder's does, with a norm for its buffers."""

    def __init__(self, seed: int = 0, size: int = 3) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embed = nn.Embedding(4, size)
        self.norm = nn.BatchNorm1d(size)
        self.output = nn.Linear(size, 4)
        self.output.weight = self.embed.weight

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.output(self.norm(self.embed(ids)))
        return logits


def step(network: nn.Module, optimizer: AdamW) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(network(torch.tensor([0, 1, 2, 3])).square().sum())
    optimizer.step()


def average_of(network: nn.Module) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in network.state_dict().items() if value.is_floating_point()}


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Tied, AdamW]:
    network = Tied()
    optimizer = AdamW(network.parameters(), lr=0.1)
    step(network, optimizer)
    path = tmp_path / "checkpoint.safetensors"
    average = {key: value + 1 for key, value in average_of(network).items()}
    save_checkpoint(path, network, average, optimizer, PROGRESS, header={"config": {"name": "m"}})
    return path, network, optimizer


def test_everything_comes_back(saved: tuple[Path, Tied, AdamW]) -> None:
    path, network, optimizer = saved
    other = Tied(seed=1)
    average = average_of(other)
    places = {key: value.data_ptr() for key, value in average.items()}
    progress, moments = load_checkpoint(path, other, average)
    assert progress == PROGRESS
    assert read_header(path) == {"config": {"name": "m"}}
    for key, value in network.state_dict().items():
        assert torch.equal(other.state_dict()[key], value)
    for key, value in average_of(network).items():
        assert torch.equal(average[key], value + 1)
    # Filled in place: a training on a GPU keeps its averages there.
    assert {key: value.data_ptr() for key, value in average.items()} == places
    assert other.output.weight is other.embed.weight

    fresh = AdamW(other.parameters(), lr=0.1)
    restore_optimizer(fresh, other, moments)
    for _ in range(3):
        step(network, optimizer)
        step(other, fresh)
    for key, value in network.state_dict().items():
        assert torch.equal(other.state_dict()[key], value)


def test_moments_lie_where_the_parameters_are_and_steps_are_counted_on_the_cpu() -> None:
    network = Tied().to("meta")
    optimizer = AdamW(network.parameters())
    moments = {"embed.weight|exp_avg": torch.ones(4, 3), "embed.weight|step": torch.tensor(7.0)}
    restore_optimizer(optimizer, network, moments)
    state = optimizer.state[network.embed.weight]
    assert state["exp_avg"].device.type == "meta"
    assert state["step"].device.type == "cpu"
    assert state["step"].item() == 7.0


def test_a_checkpoint_without_an_optimiser_state_can_be_written(tmp_path: Path) -> None:
    network = Tied()
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, network, average_of(network), AdamW(network.parameters()), Progress(), header={})
    progress, moments = load_checkpoint(path, network, average_of(network))
    assert progress == Progress()
    assert moments == {}


def test_a_failed_write_leaves_the_former_checkpoint(
    saved: tuple[Path, Tied, AdamW], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, network, optimizer = saved
    before = path.read_bytes()

    def fill_the_disk(_: object, file: Path, **__: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("captioning.training.checkpoint.save_file", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(path, network, average_of(network), optimizer, Progress(), header={})
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"nothing of the kind"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"the checkpoint .*checkpoint\.safetensors could not be read"):
        read_header(path)
    with pytest.raises(ModelFileError, match=r"the checkpoint .*checkpoint\.safetensors could not be loaded"):
        load_checkpoint(path, Tied(), {})


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ModelFileError, match="could not be read"):
        read_header(path)
    with pytest.raises(ModelFileError, match="could not be loaded"):
        load_checkpoint(path, Tied(), {})


def test_a_changed_checkpoint_is_refused(saved: tuple[Path, Tied, AdamW]) -> None:
    path, network, _ = saved
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="could not be loaded: it was changed or damaged since it was written"):
        load_checkpoint(path, network, average_of(network))
    path.write_bytes(content[:-10])
    with pytest.raises(ModelFileError, match=r"checkpoint\.safetensors could not be read"):
        read_header(path)


def test_a_checkpoint_of_another_version_is_refused(
    saved: tuple[Path, Tied, AdamW], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captioning.training.checkpoint.FORMAT", 7)
    with pytest.raises(ModelFileError, match=r"has format 1, this version of imgsearch goes on from format 7"):
        read_header(saved[0])


def test_a_checkpoint_of_a_larger_network_is_refused(saved: tuple[Path, Tied, AdamW]) -> None:
    network = Tied(size=5)
    with pytest.raises(ModelFileError, match=r"could not be loaded: .*size mismatch"):
        load_checkpoint(saved[0], network, average_of(network))
