"""The joint space: where pictures and sentences meet as unit vectors.

Axis legend: B batch, D joint size.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class JointSpace(nn.Module):
    """Two projections to unit norm, and the trained scale of their inner products.

    The scale is the inverse temperature of CLIP (Radford et al. 2021, section 2.3), kept below 100.
    """

    def __init__(self, image_size: int, text_size: int, *, joint: int, dropout: float) -> None:
        super().__init__()
        self.image = Projection(image_size, joint, dropout)
        self.text = Projection(text_size, joint, dropout)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    @property
    def scale(self) -> Tensor:
        """The inverse temperature, a float32 scalar in (0, 100]."""
        return self.log_scale.exp().clamp(max=100.0)


class Projection(nn.Module):
    """A linear map plus a one-layer correction, then unit norm."""

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.straight = nn.Linear(inputs, outputs)
        self.inner = nn.Linear(inputs, outputs)
        self.outer = nn.Linear(outputs, outputs)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, inputs), float, to unit vectors (B, D), float32."""
        y = self.straight(x) + self.outer(self.dropout(F.relu(self.inner(x))))
        return F.normalize(y.float(), dim=-1)
