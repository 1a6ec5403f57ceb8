"""What the mobile networks are made of, block by block, for whoever builds them: in torch, or for a processor alone.

`MOBILE_PLANS` holds them by the names that configurations use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STEM_CHANNELS: Final = 32
"""Given by the first convolution, of three by three cells and stride two."""

HEAD_CHANNELS: Final = 1280
"""Given by the last convolution, of one cell."""

NORM_EPSILON: Final = 1e-3
"""Added to the variance by each batch norm."""


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """One inverted bottleneck: a fused block merges expansion and spatial convolution into one."""

    expand: int
    out: int
    kernel: int = 3
    stride: int = 1
    fused: bool = False
    residual: bool | None = None

    def has_shortcut(self, inputs: int) -> bool:
        """Whether a block of so many input channels adds its input to what it gives."""
        same_shape = self.stride == 1 and inputs == self.out
        return same_shape if self.residual is None else self.residual


@dataclass(frozen=True, slots=True)
class MobilePlan:
    """A mobile network.

    Attributes:
        blocks: Between the first and the last convolution.
        act: The activation, `relu` or `relu6`.
        mean: What is taken off each pixel in [0, 1], whatever its channel.
        std: What it is divided by then.
    """

    blocks: tuple[BlockPlan, ...]
    act: str
    mean: float
    std: float


def _stage(first: BlockPlan, then: BlockPlan, repeats: int) -> list[BlockPlan]:
    return [first, *[then] * repeats]


def _edgetpu_blocks() -> tuple[BlockPlan, ...]:
    return (
        BlockPlan(0, 16, kernel=1),
        *_stage(BlockPlan(128, 32, stride=2, fused=True), BlockPlan(128, 32, fused=True), 3),
        *_stage(BlockPlan(256, 48, stride=2, fused=True), BlockPlan(192, 48, fused=True), 3),
        *_stage(BlockPlan(384, 96, stride=2), BlockPlan(384, 96), 3),
        *_stage(BlockPlan(768, 96, residual=False), BlockPlan(384, 96), 3),
        *_stage(BlockPlan(768, 160, kernel=5, stride=2), BlockPlan(640, 160, kernel=5), 3),
        BlockPlan(1280, 192),
    )


def _lite_blocks(widths: Sequence[int], repeats: Sequence[int]) -> tuple[BlockPlan, ...]:
    """Seven stages of inverted bottlenecks (EfficientNet, Tan and Le 2019, table 1), without squeeze and excitation."""
    kernels, strides = (3, 3, 5, 3, 5, 5, 3), (1, 2, 2, 2, 1, 2, 1)
    plans: list[BlockPlan] = []
    before = 0
    for width, count, kernel, stride in zip(widths, repeats, kernels, strides, strict=True):
        first = BlockPlan(6 * before, width, kernel=kernel, stride=stride)
        plans += _stage(first, BlockPlan(6 * width, width, kernel=kernel), count - 1)
        before = width
    return tuple(plans)


MOBILE_PLANS: Final = {
    # EfficientNet-Lite0 takes RGB - 127; its stem's weights hold the division by 128.
    "efficientnet_lite0": MobilePlan(
        _lite_blocks((16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1)), "relu6", 127 / 255, 1 / 255
    ),
    # EfficientNet-Lite2, 1.1 times as wide and 1.2 times as deep, takes (RGB - 127) / 128.
    "efficientnet_lite2": MobilePlan(
        _lite_blocks((16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1)), "relu6", 127 / 255, 128 / 255
    ),
    # MobileNet-EdgeTPU 1.0 takes (RGB - 128) * 0.007874.
    "mobilenet_edgetpu": MobilePlan(_edgetpu_blocks(), "relu", 128 / 255, 1 / (255 * 0.007874)),
}
