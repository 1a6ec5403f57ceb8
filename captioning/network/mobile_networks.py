"""Mobile networks that torchvision lacks, built in torch by their plans, and the layers that they are made of.

Axis legend: B batch, C channels, H and W grid rows and columns.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from captioning.network.mobile_plans import HEAD_CHANNELS, NORM_EPSILON, STEM_CHANNELS, BlockPlan, MobilePlan


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
        layers.append(nn.BatchNorm2d(outputs, eps=NORM_EPSILON))
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


class InvertedBottleneck(nn.Module):
    """Expand, filter, project; with a shortcut where the shape stays (MobileNetV2, Sandler et al. 2018, fig. 3)."""

    def __init__(self, inputs: int, plan: BlockPlan, act: str) -> None:
        super().__init__()
        self.residual = plan.has_shortcut(inputs)
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


def build_mobile_network(plan: MobilePlan) -> nn.Sequential:
    """Builds a network that maps (B, 3, S, S) to (B, `HEAD_CHANNELS`, S/32, S/32)."""
    blocks: list[nn.Module] = [ConvNorm(3, STEM_CHANNELS, kernel=3, stride=2, act=plan.act)]
    width = STEM_CHANNELS
    for block in plan.blocks:
        blocks.append(InvertedBottleneck(width, block, plan.act))
        width = block.out
    blocks.append(ConvNorm(width, HEAD_CHANNELS, act=plan.act))
    return nn.Sequential(*blocks)
