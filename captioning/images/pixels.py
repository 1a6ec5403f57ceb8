"""Turns image files into upright RGB pixels: the squares that the network takes, and thumbnails."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from captioning.images.decode import decode
from captioning.images.decoder_processes import decode_alone, decode_by_the_clock
from captioning.images.limits import DECODED_AS_A_WHOLE, check_cost, cost
from captioning.images.source import PictureBytes, PictureFile, open_image


def read_pixels(image: Image.Image, *, side: int) -> NDArray[np.uint8]:
    """Decodes an opened image into the square that the network takes.

    The picture is turned upright, brought to the screen's colours, laid over white where it is transparent, and
    squashed to the square: the network was trained on squashed pictures, so nothing is cropped away.

    Args:
        image: As `open_image` gives it.
        side: Pixels per side of the square.

    Returns:
        RGB pixels, shape (side, side, 3), uint8.

    Raises:
        UnreadableImageError: The pixel data is truncated or damaged, or decoding it costs too much.
    """
    return np.array(_bounded(image, side=side, filling=True).resize((side, side), Image.Resampling.BICUBIC))


def load_pixels(path: str | bytes | os.PathLike[str], *, side: int) -> NDArray[np.uint8]:
    """Opens a file and decodes it: `open_image`, then `read_pixels`, with the errors of both.

    Returns:
        RGB pixels, shape (side, side, 3), uint8.
    """
    with open_image(path) as image:
        return read_pixels(image, side=side)


def load_thumbnail(path: str | bytes | os.PathLike[str], *, side: int) -> Image.Image:
    """Opens a file and shrinks its picture, upright and RGB, until neither side has more than `side` pixels.

    Nothing of the file but its pixels comes along: who passes the thumbnail on gives no words, places or times away.

    Raises:
        UnreadableImageError: The file is missing, too large, or not an image that can be decoded; its pixel data is
            truncated or damaged, or decoding it costs too much.
    """
    with open_image(path) as image:
        small = _bounded(image, side=side, filling=False)
    small.thumbnail((side, side))
    return Image.frombytes("RGB", small.size, small.tobytes())


def _bounded(image: Image.Image, *, side: int, filling: bool) -> Image.Image:
    """Decodes an image here if that costs little and can be stopped, else in another process, else not at all."""
    file = getattr(image, "fp", None)
    if isinstance(file, (PictureFile, PictureBytes)):
        layout = file.layout
        scale = 8 if layout and min(image.size) >= 8 * 2 * side else 1
        price = cost(image, layout=layout, scale=scale)
        check_cost(price, max_pixels=file.max_pixels, scans=layout.scans if layout else 1)
        if price.is_high or image.format in DECODED_AS_A_WHOLE:
            elsewhere = decode_alone if price.is_high else decode_by_the_clock
            return elsewhere(file.path, side=side, filling=filling, max_pixels=file.max_pixels)
    return decode(image, side=side, filling=filling)
