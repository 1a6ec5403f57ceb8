"""Varies training pictures and their sentences without changing what they say of each other.

Axis legend: B pictures, S pixels per side.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from torchvision.transforms.v2 import RandAugment

_MIRRORED = {"left": "right", "right": "left", "leftmost": "rightmost", "rightmost": "leftmost"}

_LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in what the eye takes for brightness (ITU-R BT.601)."""


def mirror_words(words: list[str]) -> list[str]:
    """Swaps left and right, for a picture that was flipped."""
    return [_MIRRORED.get(word, word) for word in words]


def draw_variation(generator: Generator) -> Tensor:
    """Draws how a picture is varied: (7,), float32.

    Left edge, top edge, width and height of the crop as shares of the picture, then the factors of brightness, contrast
    and saturation. The crop keeps 45 to 100 percent of the area at an aspect ratio between 3:4 and 4:3 (Szegedy et al.
    2015), never less: the sentences speak of the whole picture.
    """
    area, ratio, left, top, *colours = torch.rand(7, generator=generator).tolist()
    area, ratio = 0.45 + 0.55 * area, (4 / 3) ** (2 * ratio - 1)
    width, height = (min(1.0, math.sqrt(area * share)) for share in (ratio, 1 / ratio))
    factors = [1 + reach * (2 * colour - 1) for reach, colour in zip((0.25, 0.25, 0.3), colours, strict=True)]
    return torch.tensor([left * (1 - width), top * (1 - height), width, height, *factors])


def vary_pixels(pixels: Tensor, variations: Tensor, *, flipped: Tensor) -> Tensor:
    """Crops, resizes, possibly flips and recolours pictures (B, 3, S, S), uint8; type and size stay.

    Args:
        pixels: On any device.
        variations: Shape (B, 7), float32, a row of `draw_variation` for each.
        flipped: Shape (B,), bool.
    """
    left, top, width, height = variations[:, :4].T
    zeros = torch.zeros_like(left)
    across = torch.where(flipped, -width, width)
    # Coordinates run from -1 to 1 over the picture.
    rows = [torch.stack([across, zeros, 2 * left + width - 1]), torch.stack([zeros, height, 2 * top + height - 1])]
    grid = F.affine_grid(torch.stack(rows).permute(2, 0, 1), list(pixels.shape), align_corners=False)
    seen = F.grid_sample(pixels.float(), grid, padding_mode="border", align_corners=False)
    brightness, contrast, saturation = (factor.view(-1, 1, 1, 1) for factor in variations[:, 4:].T)
    seen = (seen * brightness).clamp(0, 255)
    luma = seen.new_tensor(_LUMA).view(1, 3, 1, 1)
    mean = (seen * luma).sum(1, keepdim=True).mean((2, 3), keepdim=True)
    seen = torch.lerp(mean, seen, contrast).clamp(0, 255)
    varied: Tensor = torch.lerp((seen * luma).sum(1, keepdim=True), seen, saturation).clamp(0, 255).round().byte()
    return varied


def distort_pixels(pixels: Tensor, *, magnitude: int, seed: int) -> Tensor:
    """Distorts a picture (3, S, S), uint8, by two operations of RandAugment (Cubuk et al. 2020), magnitude 0 to 30.

    Colours change with it, so sentences that name them fit less well: a stage asks for it by name.
    """
    # torchvision draws from the global generator.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        distorted: Tensor = RandAugment(num_ops=2, magnitude=magnitude)(pixels)
    return distorted
