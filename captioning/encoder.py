"""The picture side: a convolutional backbone and the features it gives.

Axis legend: B batch, S pixels per side, N grid cells, C channels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from captioning.backbones import Backbone


class ImageFeatures(NamedTuple):
    """What the backbone gives.

    Attributes:
        grid: Shape (B, N, C): one vector a cell, rows first.
        pooled: Shape (B, 2C): mean and maximum over the cells.
    """

    grid: Tensor
    pooled: Tensor


class ImageEncoder(nn.Module):
    """Maps raw pixels to grid features and a pooled vector."""

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone.features
        self.channels = backbone.channels
        self.grid_norm = nn.LayerNorm(backbone.channels)
        self.pooled_norm = nn.LayerNorm(2 * backbone.channels)
        self.register_buffer("mean", torch.tensor(backbone.normalization.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(backbone.normalization.std).view(1, 3, 1, 1), persistent=False)

    def normalize(self, pixels: Tensor) -> Tensor:
        """Maps pixels (B, 3, S, S), uint8, to normalised float32."""
        return (pixels.float() / 255 - self.mean) / self.std

    def forward(self, pixels: Tensor) -> ImageFeatures:
        """Encodes pixels (B, 3, S, S), uint8."""
        x = self.normalize(pixels).contiguous(memory_format=torch.channels_last)
        return self.summarize(self.backbone(x))

    def summarize(self, maps: Tensor) -> ImageFeatures:
        """Gives the features of the backbone's last maps (B, C, H, W), in float32."""
        grid = maps.float().flatten(2).transpose(1, 2)
        pooled = torch.cat([grid.mean(1), grid.amax(1)], dim=1)
        return ImageFeatures(self.grid_norm(grid), self.pooled_norm(pooled))
