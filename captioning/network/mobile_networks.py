"""Mobile networks that torchvision lacks, and the layers that they are made of.

Axis legend: B batch, C channels, H and W grid rows and columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn


class ConvNorm(nn.Sequential):
    """Convolution with TensorFlow's SAME padding, batch norm and an optional activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        act: str = "linear",
    ) -> None:
        layers: list[nn.Module] = []
        if kernel > 1:
            layers.append(SamePadding(kernel, stride))
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False))
        layers.append(nn.BatchNorm2d(outputs, eps=1e-3))
        if act != "linear":
            layers.append({"relu": nn.ReLU, "relu6": nn.ReLU6}[act](inplace=True))
        super().__init__(*layers)

    @property
    def conv(self) -> nn.Conv2d:
        """The convolution."""
        return next(layer for layer in self if isinstance(layer, nn.Conv2d))

    @property
    def norm(self) -> nn.BatchNorm2d:
        """The batch norm."""
        return next(layer for layer in self if isinstance(layer, nn.BatchNorm2d))


class SamePadding(nn.Module):
    """Pads so that the output has ceil(size / stride) cells, the odd cell at the end, as TensorFlow does."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Pads (B, C, H, W), float, with zeros."""
        pads = [self._pad(x.shape[-1]), self._pad(x.shape[-2])]
        return F.pad(x, [pads[0] // 2, pads[0] - pads[0] // 2, pads[1] // 2, pads[1] - pads[1] // 2])

    def _pad(self, size: int) -> int:
        return max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0)


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """One inverted bottleneck: a fused block merges expansion and spatial convolution into one."""

    expand: int
    out: int
    kernel: int = 3
    stride: int = 1
    fused: bool = False
    residual: bool | None = None


class InvertedBottleneck(nn.Module):
    """Expand, filter, project; with a shortcut where the shape stays (MobileNetV2, Sandler et al. 2018, fig. 3)."""

    def __init__(self, inputs: int, plan: BlockPlan, act: str) -> None:
        super().__init__()
        same_shape = plan.stride == 1 and inputs == plan.out
        self.residual = same_shape if plan.residual is None else plan.residual
        layers: list[nn.Module] = []
        width = plan.expand or inputs
        if plan.fused:
            layers.append(ConvNorm(inputs, width, kernel=plan.kernel, stride=plan.stride, act=act))
        else:
            if plan.expand:
                layers.append(ConvNorm(inputs, width, act=act))
            if plan.kernel > 1:
                layers.append(ConvNorm(width, width, kernel=plan.kernel, stride=plan.stride, groups=width, act=act))
        layers.append(ConvNorm(width, plan.out))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, inputs, H, W), float, to (B, out, H/stride, W/stride)."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


def _network_of(plans: list[BlockPlan], act: str) -> nn.Sequential:
    blocks: list[nn.Module] = [ConvNorm(3, 32, kernel=3, stride=2, act=act)]
    width = 32
    for plan in plans:
        blocks.append(InvertedBottleneck(width, plan, act))
        width = plan.out
    blocks.append(ConvNorm(width, 1280, act=act))
    return nn.Sequential(*blocks)


def _stage(first: BlockPlan, then: BlockPlan, repeats: int) -> list[BlockPlan]:
    return [first, *[then] * repeats]


def mobilenet_edgetpu() -> nn.Sequential:
    """MobileNet-EdgeTPU 1.0: maps (B, 3, S, S) to (B, 1280, S/32, S/32)."""
    plans = [
        BlockPlan(0, 16, kernel=1),
        *_stage(BlockPlan(128, 32, stride=2, fused=True), BlockPlan(128, 32, fused=True), 3),
        *_stage(BlockPlan(256, 48, stride=2, fused=True), BlockPlan(192, 48, fused=True), 3),
        *_stage(BlockPlan(384, 96, stride=2), BlockPlan(384, 96), 3),
        *_stage(BlockPlan(768, 96, residual=False), BlockPlan(384, 96), 3),
        *_stage(BlockPlan(768, 160, kernel=5, stride=2), BlockPlan(640, 160, kernel=5), 3),
        BlockPlan(1280, 192),
    ]
    return _network_of(plans, "relu")


def efficientnet_lite0() -> nn.Sequential:
    """EfficientNet-Lite0: maps (B, 3, S, S) to (B, 1280, S/32, S/32)."""
    return _efficientnet_lite((16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1))


def efficientnet_lite2() -> nn.Sequential:
    """EfficientNet-Lite2, 1.1 times as wide and 1.2 times as deep: maps (B, 3, S, S) to (B, 1280, S/32, S/32)."""
    return _efficientnet_lite((16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1))


def _efficientnet_lite(widths: Sequence[int], repeats: Sequence[int]) -> nn.Sequential:
    """Seven stages of inverted bottlenecks (EfficientNet, Tan and Le 2019, table 1), without squeeze and excitation."""
    kernels, strides = (3, 3, 5, 3, 5, 5, 3), (1, 2, 2, 2, 1, 2, 1)
    plans: list[BlockPlan] = []
    before = 0
    for width, count, kernel, stride in zip(widths, repeats, kernels, strides, strict=True):
        first = BlockPlan(6 * before, width, kernel=kernel, stride=stride)
        plans += _stage(first, BlockPlan(6 * width, width, kernel=kernel), count - 1)
        before = width
    return _network_of(plans, "relu6")
