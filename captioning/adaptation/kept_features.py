"""Pictures as the frozen backbone sees them, kept so that any number of trainings look at each picture once.

Axis legend: B pictures, N grid cells, C channels, S pixels per side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from captioning.network.image_encoder import ImageFeatures
from captioning.network.model import CaptionNetwork


@dataclass(frozen=True, slots=True)
class KeptFeatures:
    """What the backbone gave of B pictures, in half precision.

    Attributes:
        grid: Shape (B, N, C), float16.
        pooled: Shape (B, 2C), float16.
    """

    grid: Tensor
    pooled: Tensor

    def __len__(self) -> int:
        return len(self.pooled)

    def take(self, rows: Sequence[int] | Tensor | slice = slice(None)) -> ImageFeatures:
        """The features of some of the pictures, float32; of all without rows."""
        return ImageFeatures(self.grid[rows].float(), self.pooled[rows].float())

    def select(self, rows: Sequence[int]) -> KeptFeatures:
        """Some of the pictures, in this order."""
        return KeptFeatures(self.grid[list(rows)], self.pooled[list(rows)])


@torch.inference_mode()
def look_at(network: CaptionNetwork, pixels: NDArray[np.uint8]) -> KeptFeatures:
    """Looks at pictures (B, S, S, 3), uint8, with the backbone of a network in evaluation mode."""
    features = network.encode_features(torch.from_numpy(pixels).permute(0, 3, 1, 2))
    return KeptFeatures(features.grid.half(), features.pooled.half())


def side_by_side(parts: Sequence[KeptFeatures]) -> KeptFeatures:
    """The pictures of one or more parts together, in order."""
    return KeptFeatures(torch.cat([part.grid for part in parts]), torch.cat([part.pooled for part in parts]))
