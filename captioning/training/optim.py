"""The optimiser of a training stage and the course of its learning rates."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from captioning.config import StageConfig
from captioning.errors import ConfigurationError


def build_optimizer(network: nn.Module, stage: StageConfig, *, weight_decay: float) -> AdamW:
    """Makes AdamW for the parts that a stage trains; with a backbone rate of 0 the backbone is frozen.

    Only matrices decay: biases, norms and the temperature have no size to keep small.

    Raises:
        ConfigurationError: Nothing is left to train.
    """
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        backbone = name.startswith("encoder.backbone.")
        parameter.requires_grad_(stage.learns(name) and (not backbone or stage.backbone_rate > 0))
        if parameter.requires_grad:
            groups.setdefault((backbone, parameter.ndim > 1), []).append(parameter)
    if not groups:
        raise ConfigurationError(f"stage {stage.name!r} trains nothing: its parts are all frozen")
    return AdamW(
        [
            {
                "params": parameters,
                "peak": stage.backbone_rate if backbone else stage.rate,
                "weight_decay": weight_decay if matrix else 0.0,
            }
            for (backbone, matrix), parameters in groups.items()
        ],
        betas=(0.9, 0.98),
    )


def set_rates(optimizer: Optimizer, *, done: float) -> None:
    """Sets the learning rates for the share `done` of a stage, in [0, 1).

    They warm up over a twentieth of the stage, then follow half a cosine (Loshchilov and Hutter 2017, eq. 5) down to
    a fiftieth of the peak.
    """
    warm = min(1.0, (done + 1e-3) * 20)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * warm * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)
