from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import nn

from captioning.config import StageConfig
from captioning.errors import ConfigurationError
from captioning.training.optim import build_optimizer, set_rates


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict({"backbone": nn.Linear(2, 2)})
        self.head = nn.Linear(2, 2)


def stage(backbone_rate: float) -> StageConfig:
    return StageConfig("s", 1, {"nll": 1.0}, rate=0.1, backbone_rate=backbone_rate)


def test_a_backbone_rate_of_zero_freezes_the_backbone() -> None:
    network = Network()
    optimizer = build_optimizer(network, stage(0.0), weight_decay=0.5)
    assert {id(p) for group in optimizer.param_groups for p in group["params"]} == set(
        map(id, network.head.parameters())
    )
    assert not any(p.requires_grad for p in network.encoder.parameters())


def test_only_matrices_decay_and_the_backbone_has_its_own_rate() -> None:
    network = Network()
    optimizer = build_optimizer(network, stage(0.01), weight_decay=0.5)
    settings = {id(p): (g["peak"], g["weight_decay"]) for g in optimizer.param_groups for p in g["params"]}
    backbone = network.encoder["backbone"]
    assert isinstance(backbone, nn.Linear)
    assert settings[id(backbone.weight)] == (0.01, 0.5)
    assert settings[id(backbone.bias)] == (0.01, 0.0)
    assert settings[id(network.head.weight)] == (0.1, 0.5)
    assert settings[id(network.head.bias)] == (0.1, 0.0)


def test_a_stage_names_what_learns_and_what_does_not() -> None:
    network = Network()
    chosen = StageConfig("s", 1, {"nll": 1.0}, backbone_rate=0.1, parts=("encoder",), frozen=("encoder.backbone",))
    build_optimizer(network, dataclasses.replace(chosen, frozen=()), weight_decay=0.0)
    assert [name for name, p in network.named_parameters() if p.requires_grad] == [
        "encoder.backbone.weight",
        "encoder.backbone.bias",
    ]
    # `enc` is no part of a name, and freezes nothing.
    build_optimizer(network, dataclasses.replace(chosen, parts=(), frozen=("enc", "head")), weight_decay=0.0)
    assert not any(p.requires_grad for p in network.head.parameters())
    assert all(p.requires_grad for p in network.encoder.parameters())
    with pytest.raises(ConfigurationError, match="stage 's' trains nothing"):
        build_optimizer(network, chosen, weight_decay=0.0)


@pytest.mark.parametrize(
    ("done", "share"),
    [(0.0, 0.02), (0.5, 0.02 + 0.98 * 0.5), (0.25, 0.02 + 0.98 * (1 + math.cos(math.pi / 4)) / 2), (1.0, 0.02)],
)
def test_rates_warm_up_and_follow_half_a_cosine(done: float, share: float) -> None:
    optimizer = torch.optim.SGD([{"params": [nn.Parameter(torch.zeros(1))], "peak": 2.0}], lr=1.0)
    set_rates(optimizer, done=done)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(2.0 * share, rel=1e-6)
