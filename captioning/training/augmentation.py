"""Varies a training picture and its sentences without changing what they say of each other."""

from __future__ import annotations

import math

import torch
import torchvision.transforms.v2.functional as tv
from torch import Generator, Tensor
from torchvision.transforms.v2 import RandAugment

_MIRRORED = {"left": "right", "right": "left", "leftmost": "rightmost", "rightmost": "leftmost"}


def mirror_words(words: list[str]) -> list[str]:
    """Swaps left and right, for a picture that was flipped."""
    return [_MIRRORED.get(word, word) for word in words]


def vary_pixels(pixels: Tensor, *, flip: bool, generator: Generator) -> Tensor:
    """Crops, resizes, possibly flips and recolours a picture (3, S, S), uint8; the size stays.

    The crop keeps 45 to 100 percent of the area at an aspect ratio between 3:4 and 4:3 (Szegedy et al. 2015),
    never less: the sentences speak of the whole picture.
    """
    side = pixels.shape[-1]

    def uniform(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=generator))

    area, ratio = uniform(0.45, 1.0), math.exp(uniform(-math.log(4 / 3), math.log(4 / 3)))
    width = min(side, round(side * math.sqrt(area * ratio)))
    height = min(side, round(side * math.sqrt(area / ratio)))
    left, top = round(uniform(0, side - width)), round(uniform(0, side - height))
    pixels = tv.resized_crop(pixels, top, left, height, width, [side, side], antialias=True)
    if flip:
        pixels = tv.horizontal_flip(pixels)
    pixels = tv.adjust_brightness(pixels, uniform(0.75, 1.25))
    pixels = tv.adjust_contrast(pixels, uniform(0.75, 1.25))
    varied: Tensor = tv.adjust_saturation(pixels, uniform(0.7, 1.3))
    return varied


def distort_pixels(pixels: Tensor, *, magnitude: int, generator: Generator) -> Tensor:
    """Distorts a picture (3, S, S), uint8, by two operations of RandAugment (Cubuk et al. 2020), magnitude 0 to 30.

    Colours change with it, so sentences that name them fit less well: a stage asks for it by name.
    """
    seed = int(torch.randint(2**31, (), generator=generator))
    # torchvision draws from the global generator.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        distorted: Tensor = RandAugment(num_ops=2, magnitude=magnitude)(pixels)
    return distorted
