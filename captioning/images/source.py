"""Opens picture files: regular files of a known decoder, within bounds of size, memory and time.

Of a raw file it opens the picture that its camera put there to be looked at.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

from PIL import Image, ImageFile, UnidentifiedImageError

from captioning.errors import UnreadableImageError
from captioning.images.formats import DECODERS, RAW_SUFFIXES, register_decoders
from captioning.images.jpeg import JpegLayout, read_layout
from captioning.images.limits import HEADER_BYTES, MAX_BYTES, MAX_PIXELS, SECONDS, TOO_SLOW
from captioning.images.png import SIGNATURE, without_text
from captioning.images.raw import embedded_picture
from captioning.regular_files import one_line, open_at_once, os_reason, unfit

_SPARE = 16 * 2**20
"""Bytes that a decoder may read beyond what the file has, as it reads some parts again."""

T = TypeVar("T")


class PictureFile(io.BufferedReader):
    """A picture file as decoders read it, no longer and no more of it than a photograph needs.

    Attributes:
        path: Of the file.
        layout: Of a JPEG file.
        max_pixels: As its opener said.
    """

    layout: JpegLayout | None = None

    def __init__(self, path: Path, *, max_pixels: int = MAX_PIXELS, seconds: float = SECONDS) -> None:
        """Opens a file.

        Raises:
            UnreadableImageError: It is not a regular file, empty, or larger than `MAX_BYTES`.
            OSError: The system does not let it be opened.
        """
        self.path, self.max_pixels = path, max_pixels
        super().__init__(io.FileIO(path, opener=open_at_once))
        status = os.fstat(self.fileno())
        self._size = status.st_size
        self._until = monotonic() + seconds
        self._left = min(self._size, HEADER_BYTES) + _SPARE
        reason = unfit(status, most_bytes=MAX_BYTES)
        if reason:
            self.close()
            raise UnreadableImageError(reason)

    def begin_decoding(self) -> None:
        """Gives leave to read what lies behind the header."""
        self._left = 2 * self._size + _SPARE

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads as other files do.

        Raises:
            UnreadableImageError: The time for this file is up, or more was read than a header needs.
        """
        if monotonic() > self._until:
            raise UnreadableImageError(TOO_SLOW)
        # A header may name any number; Python would make room for it first.
        content = super().read(size if size is not None and size <= self._size else -1)
        self._left -= len(content)
        if self._left < 0:
            raise UnreadableImageError("its header is too large")
        return content


class PictureBytes(io.BytesIO):
    """A picture file that was mended in memory; the attributes are those of the file that it comes from."""

    layout: JpegLayout | None = None

    def __init__(self, content: bytes, origin: PictureFile) -> None:
        super().__init__(content)
        self.path, self.max_pixels = origin.path, origin.max_pixels


def open_image(path: str | bytes | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> ImageFile.ImageFile:
    """Opens an image file and reads its header, not yet its pixels.

    Args:
        path: A regular file, or a link to one.
        max_pixels: What declares more is refused before it is decoded.

    Returns:
        The first frame, lazily loaded; the caller closes it.

    Raises:
        UnreadableImageError: The file is missing, not a regular file, empty, too large, not readable, not an image
            that can be decoded, or declares more than `max_pixels` pixels.
    """
    register_decoders()
    name = Path(os.fsdecode(path))
    image = _reported(lambda: _identified(PictureFile(name, max_pixels=max_pixels)))
    if image.width * image.height > max_pixels:
        image.close()
        raise UnreadableImageError(f"it declares more than {max_pixels:,} pixels")
    return image


def _identified(file: PictureFile) -> ImageFile.ImageFile:
    """Has the decoders look at a file, which is closed if none knows it."""
    # By its name alone: to decoders most raw files are TIFF files with a stamp-sized picture.
    if file.path.suffix.lower() in RAW_SUFFIXES:
        with file:
            picture = PictureBytes(embedded_picture(file.path), file)
        picture.layout = read_layout(picture)
        return Image.open(picture, formats=("JPEG", "PNG"))
    try:
        file.layout = read_layout(file)
        image = _opened(file)
        file.begin_decoding()
    except BaseException:
        file.close()
        raise
    # A picture closes a file that is its own.
    image._exclusive_fp = True
    return image


def _opened(file: PictureFile) -> ImageFile.ImageFile:
    try:
        return Image.open(file, formats=DECODERS)
    except (ValueError, SyntaxError):
        file.seek(0)
        if file.read(len(SIGNATURE)) != SIGNATURE:
            raise
        # More text than Pillow wants to keep says nothing against the picture.
        rest = PictureBytes(without_text(file), file)
        file.close()
        return Image.open(rest, formats=("PNG",))


def _reported(opened: Callable[[], T]) -> T:
    try:
        return opened()
    except UnreadableImageError:
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError("it is not an image that can be decoded") from None
    except MemoryError:
        raise UnreadableImageError("it is too large to decode in the memory at hand") from None
    except OSError as error:
        raise UnreadableImageError(os_reason(error)) from error
    except Exception as error:  # Pillow's plugins raise anything on a damaged header
        raise UnreadableImageError(f"it is damaged ({one_line(error)})") from error
