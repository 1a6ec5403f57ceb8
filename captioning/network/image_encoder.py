"""The picture side: a convolutional backbone and the features it gives.

Axis legend: B batch, S pixels per side, N grid cells, C channels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from captioning.errors import ConfigurationError
from captioning.network.backbones import Backbone
from captioning.network.lstm import LSTM


class ImageFeatures(NamedTuple):
    """What the backbone gives.

    Attributes:
        grid: Shape (B, N, C): one vector a cell, rows first.
        pooled: Shape (B, 2C): mean and maximum over the cells.
    """

    grid: Tensor
    pooled: Tensor


class RowReader(nn.Module):
    """Reads each row of the grid in both directions with an LSTM (CRNN, Shi et al. 2017, section 2.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.lstm = LSTM(channels, channels // 2, batch_first=True, bidirectional=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, rows, columns), float, to the same shape."""
        count, channels, rows, columns = maps.shape
        cells = maps.permute(0, 2, 3, 1).reshape(count * rows, columns, channels)
        read: Tensor = self.lstm(cells)[0]
        return read.reshape(count, rows, columns, channels).permute(0, 3, 1, 2)


class ImageEncoder(nn.Module):
    """Maps raw pixels to grid features and a pooled vector."""

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone, *, rows: bool = False) -> None:
        """Takes a built backbone, and whether an LSTM reads the rows of its grid.

        Raises:
            ConfigurationError: The rows cannot be read: the number of channels is odd.
        """
        super().__init__()
        if rows and backbone.channels % 2:
            raise ConfigurationError(f"a backbone with {backbone.channels} channels cannot be read in two directions")
        self.backbone = backbone.features
        self.rows = RowReader(backbone.channels) if rows else None
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
        maps = maps.float()
        if self.rows is not None:
            # Under autocast the LSTM may give halves, whatever it is given.
            maps = self.rows(maps).float()
        grid = maps.flatten(2).transpose(1, 2)
        pooled = torch.cat([grid.mean(1), grid.amax(1)], dim=1)
        return ImageFeatures(self.grid_norm(grid), self.pooled_norm(pooled))
