"""Decodes opened images: as small as is enough, whole or cut at the end, never with a second copy at full size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageFile

from captioning.errors import UnreadableImageError
from captioning.images.colours import flatten
from captioning.images.jpeg import END
from captioning.images.limits import MOST_OF_IT
from captioning.images.png import completed
from captioning.images.source import PictureBytes, PictureFile
from captioning.images.upright import orientation, turned
from captioning.regular_files import one_line

_REDUCED_IN_PLACE = frozenset({"RGB", "L", "CMYK", "YCbCr", "I", "F"})
"""Modes of which Pillow makes smaller pictures without a copy."""

_BAND_PIXELS = 4_000_000
"""Of other modes so many pixels are converted at once."""

_MOST_PIXELS = 16_000_000
"""What a picture is shrunk to at least, however odd its shape."""

_GREY = 128
"""What libjpeg draws where a file has ended."""


@contextmanager
def decoding() -> Iterator[None]:
    """Turns whatever a decoder raises into `UnreadableImageError`."""
    try:
        yield
    except UnreadableImageError:
        raise
    except MemoryError:
        raise UnreadableImageError("it is too large to decode in the memory at hand") from None
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error and others
        raise UnreadableImageError(f"it is damaged ({one_line(error)})") from error


def decode(image: Image.Image, *, side: int, filling: bool) -> Image.Image:
    """Decodes an opened image, upright and RGB, with not many more pixels than are wanted.

    Args:
        image: As `open_image` gives it; used up.
        side: Pixels that are wanted.
        filling: Whether the shorter side needs so many, else the longer.

    Returns:
        RGB; smaller than the picture only if enough is left for a good filter.

    Raises:
        UnreadableImageError: The pixel data is truncated or damaged.
    """
    with decoding():
        # Before loading, after which some decoders no longer know.
        turn = orientation(image)
        if image.format in ("JPEG", "MPO"):
            # The decoder itself halves the picture as often as enough is left for the filter below.
            least = 3 * side // 2 if filling else 2 * side
            image.draft("RGB", (least, least))
        image = _loaded(image)
        return turned(flatten(_shrunk(image, side=side, filling=filling)), turn)


def _loaded(image: Image.Image) -> Image.Image:
    """The image with its pixels, also if the file was cut and most of them are there.

    Raises:
        UnreadableImageError: Too little of the picture is there.
    """
    if image.format in ("JPEG", "MPO") and isinstance(image, ImageFile.ImageFile):
        _load_jpeg(image)
        return image
    file = getattr(image, "fp", None)
    if image.format != "PNG" or not isinstance(file, (PictureFile, PictureBytes)):
        image.load()
        return image
    try:
        image.load()
    except (OSError, SyntaxError, ValueError):
        with PictureFile(file.path, max_pixels=file.max_pixels) as again:
            again.begin_decoding()
            mended = Image.open(PictureBytes(completed(again), again), formats=("PNG",))
        mended.load()
        return mended
    return image


def _load_jpeg(image: ImageFile.ImageFile) -> None:
    read = image.load_read  # type: ignore[attr-defined]
    ended = False

    def to_the_end(size: int) -> bytes:
        nonlocal ended
        data: bytes = read(size)
        if data or ended:
            return data
        ended = True
        return END

    image.load_read = to_the_end  # type: ignore[attr-defined]
    image.load()
    if ended and (share := 1.0 - _grey_share(image)) < MOST_OF_IT:
        raise UnreadableImageError(f"it is damaged (only {share:.0%} of its picture is there)")


def _grey_share(image: Image.Image) -> float:
    """The share of a picture, from below, that is as grey as libjpeg draws what it never saw."""
    rows = np.asarray(image).reshape(image.height, -1)
    # Inverted colours, as of print, are a step darker.
    drawn = np.flatnonzero(((rows < _GREY - 1) | (rows > _GREY)).any(axis=1))
    return 1.0 - (float(drawn[-1]) + 1) / image.height if len(drawn) else 1.0


def _shrunk(image: Image.Image, *, side: int, filling: bool) -> Image.Image:
    """A large picture made smaller by whole factors, in bands where its mode would else be copied."""
    # Before turning and converting: a 48-megapixel picture would be copied twice at full size.
    times = (min(image.size) if filling else max(image.size)) // (4 * side)
    factors = [max(times, 1)] * 2
    if image.width * image.height // factors[0] ** 2 > _MOST_PIXELS:
        factors = [max(length // (4 * side), factors[0]) for length in image.size]
    if max(factors) == 1:
        return image
    if image.mode in _REDUCED_IN_PLACE and not image.has_transparency_data:
        if image.mode in ("RGB", "L") and filling and factors[0] == factors[1]:
            image.thumbnail((image.width // factors[0], image.height // factors[0]), Image.Resampling.BOX)
            return image
        return _with_info(image.reduce((factors[0], factors[1])), image)
    bands = list(_bands(image, factors))
    small = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        small.paste(band, (0, top))
        top += band.height
    return _with_info(small, image, without="transparency")


def _bands(image: Image.Image, factors: list[int]) -> Iterator[Image.Image]:
    rows = max(_BAND_PIXELS // image.width // factors[1], 1) * factors[1]
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        if image.mode.startswith("I;"):
            band = band.convert("I")
        elif image.has_transparency_data:
            band = band.convert("RGBA")
        elif image.mode not in _REDUCED_IN_PLACE:
            band = band.convert("L" if image.mode == "1" else "RGB")
        yield band.reduce((factors[0], factors[1]))


def _with_info(small: Image.Image, image: Image.Image, *, without: str = "") -> Image.Image:
    small.info = {name: value for name, value in image.info.items() if name != without}
    return small
