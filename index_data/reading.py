"""Reads one file for the pipeline: its content's hash, and, if the picture is unknown, its pixels and facts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from captioning.errors import UnreadableImageError
from captioning.images import open_image, read_pixels
from index_data.records import ImageFacts
from index_data.walk import FoundFile

_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is set aside, with the reason."""

    file: FoundFile
    reason: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that was read.

    Attributes:
        file: As it was found.
        content_hash: BLAKE2b of the content, 32 bytes.
        facts: What the file says of its picture; none if the picture need not be described.
        pixels: Shape (side, side, 3), uint8; none if the picture need not be described.
    """

    file: FoundFile
    content_hash: bytes
    facts: ImageFacts | None = None
    pixels: NDArray[np.uint8] | None = None


def read_file(file: FoundFile, *, side: int, described: Callable[[bytes], bool]) -> Picture | Unreadable:
    """Hashes a file, and decodes it unless `described` says that its content needs no description."""
    try:
        content = _hash(file.path)
        if described(content):
            return Picture(file, content)
        with open_image(file.path) as image:
            # Before decoding, which may shrink the picture.
            facts = _facts(image)
            return Picture(file, content, facts, read_pixels(image, side=side))
    except UnreadableImageError as error:
        return Unreadable(file, error.reason)


def _hash(path: bytes) -> bytes:
    # Opened as an image first, so that pipes never block and every cause has one sentence.
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:  # noqa: PTH123
            return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).digest()
    except FileNotFoundError:
        raise UnreadableImageError("it is a link to nothing, or it vanished while it was read") from None
    except PermissionError:
        raise UnreadableImageError("it may not be read (permission denied)") from None
    except OSError as error:
        raise UnreadableImageError(f"it could not be read ({error.strerror})") from error


def _facts(image: Image.Image) -> ImageFacts:
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # a damaged EXIF block says nothing; the picture may still be whole
        return ImageFacts(image.width, image.height, image.format or "unknown")
    width, height = image.size
    if exif.get(ExifTags.Base.Orientation) in _TURNED:
        width, height = height, width
    taken = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    maker, model = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    camera = model if model.startswith(maker) else f"{maker} {model}".strip()
    return ImageFacts(width, height, image.format or "unknown", _time(taken), camera or None)


def _text(value: object) -> str:
    return value.replace("\0", " ").strip() if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    try:
        return datetime.strptime(_text(value), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
