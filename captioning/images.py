"""Turns image files into upright square RGB pixels, the only form in which the network sees a picture."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from captioning.errors import UnreadableImageError
from captioning.runtime.tuning import wait_asleep

IMAGE_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff"),
        *("heic", "heif", "hif", "avif", "jp2", "tga", "ppm", "pgm"),
    )
)
"""File name endings, in lower case, that are taken for images."""

MAX_PIXELS = 300_000_000
"""An image that declares more pixels than this is refused before it is decoded, unless another number is given."""


def open_image(path: str | bytes | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Opens an image file and reads its header, not yet its pixels.

    Args:
        path: A regular file, or a link to one.
        max_pixels: What declares more is refused before it is decoded.

    Returns:
        The first frame, lazily loaded; the caller closes it.

    Raises:
        UnreadableImageError: The file is missing, not a regular file, empty, not readable, not an image
            that can be decoded, or declares more than `max_pixels` pixels.
    """
    _register_heif()
    name = Path(os.fsdecode(path))
    try:
        status = name.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImageError("it is not a regular file")
        if status.st_size == 0:
            raise UnreadableImageError("the file is empty")
        image = Image.open(name)
    except UnreadableImageError:
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError("it is not an image that can be decoded") from None
    except OSError as error:
        raise UnreadableImageError(_os_reason(error)) from error
    except Exception as error:  # Pillow's plugins raise anything on a damaged header
        raise UnreadableImageError(f"it is damaged ({_one_line(error)})") from error
    if image.width * image.height > max_pixels:
        image.close()
        raise UnreadableImageError(f"it declares more than {max_pixels:,} pixels")
    return image


def read_pixels(image: Image.Image, *, side: int) -> NDArray[np.uint8]:
    """Decodes an opened image into the square that the network takes.

    The picture is turned upright by its EXIF orientation, laid over white where it is transparent, and
    squashed to the square: the network was trained on squashed pictures, so nothing is cropped away.

    Args:
        image: As `open_image` gives it.
        side: Pixels per side of the square.

    Returns:
        RGB pixels, shape (side, side, 3), uint8.

    Raises:
        UnreadableImageError: The pixel data is truncated or damaged.
    """
    with _decoding():
        if image.format == "JPEG":
            # The decoder itself halves the picture as often as enough is left for the filter below.
            image.draft("RGB", (3 * side // 2, 3 * side // 2))
        image.load()
        # Before turning and converting: a 48-megapixel picture would be copied twice at full size.
        if image.mode in ("RGB", "L") and (times := min(image.size) // (4 * side)) > 1:
            image.thumbnail((image.width // times, image.height // times), Image.Resampling.BOX)
        return _squash(np.array(_flatten(_upright(image))), side=side)


def load_pixels(path: str | bytes | os.PathLike[str], *, side: int) -> NDArray[np.uint8]:
    """Opens a file and decodes it: `open_image`, then `read_pixels`, with the errors of both."""
    with open_image(path) as image:
        return read_pixels(image, side=side)


def difference_hash(pixels: NDArray[np.uint8]) -> int:
    """Tells pictures apart by where they grow brighter: dHash, after Krawetz, "Kind of Like That" (2013).

    Pictures that look alike, whatever their size and compression, differ in few of the 64 bits.

    Args:
        pixels: RGB, shape (side, side, 3), uint8.

    Returns:
        A signed number of 64 bits: row by row, whether each of 8 cells is brighter than the one to its left.
    """
    grey = Image.fromarray(pixels).convert("L").resize((9, 8), Image.Resampling.BOX)
    cells = np.asarray(grey, dtype=np.int16)
    return int(np.packbits(cells[:, 1:] > cells[:, :-1]).view(">i8")[0])


def load_thumbnail(path: str | bytes | os.PathLike[str], *, side: int) -> Image.Image:
    """Opens a file and shrinks its picture, upright and RGB, until neither side has more than `side` pixels.

    Raises:
        UnreadableImageError: See `open_image` and `read_pixels`.
    """
    with open_image(path) as image, _decoding():
        if image.format == "JPEG":
            image.draft("RGB", (2 * side, 2 * side))
        # Here: one that need not shrink would be decoded by whoever draws it.
        image.load()
        small = _flatten(_upright(image))
        small.thumbnail((side, side))
        return small


@contextmanager
def _decoding() -> Iterator[None]:
    """Turns whatever a decoder raises into `UnreadableImageError`."""
    try:
        yield
    except MemoryError:
        raise UnreadableImageError("it is too large to decode in the memory at hand") from None
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error and others
        raise UnreadableImageError(f"it is damaged ({_one_line(error)})") from error


def _upright(image: Image.Image) -> Image.Image:
    """Turns an image by its EXIF orientation, the image itself, since a copy costs as much as a filter."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception:  # damaged EXIF facts raise SyntaxError and others; the pixels are whole all the same
        pass
    return image


def _flatten(image: Image.Image) -> Image.Image:
    """Gives RGB over white, whatever the mode: palettes, alpha, 16-bit greys, CMYK."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0)
        # The header does not say what white is; the brightest value tells.
        brightest = values.max(initial=0)
        low, high = (1.0, 255.0) if image.mode == "F" else (255.0, 65535.0)
        peak = low if brightest <= low else high
        return Image.fromarray(np.clip(values * (255.0 / peak), 0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _squash(pixels: NDArray[np.uint8], *, side: int) -> NDArray[np.uint8]:
    """Makes a square by Pillow's bicubic filter, in torch, which takes a third of Pillow's time.

    Args:
        pixels: RGB, shape (height, width, 3), uint8.
        side: Pixels per side of the square.
    """
    wait_asleep()
    import torch

    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    square = torch.nn.functional.interpolate(planes, size=(side, side), mode="bicubic", antialias=True)
    whole: NDArray[np.uint8] = square[0].permute(1, 2, 0).contiguous().numpy()
    return whole


@cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    # Pillow's limit warns first and refuses at twice that; `open_image` refuses at one limit, with one sentence.
    Image.MAX_IMAGE_PIXELS = None


def _os_reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "it may not be read (permission denied)"
    if error.errno is None:  # Pillow's own, about what is in the file
        return f"it is damaged ({_one_line(error)})"
    return f"it could not be read ({_one_line(error)})"


def _one_line(error: BaseException) -> str:
    text = " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())
    return text[:120]
