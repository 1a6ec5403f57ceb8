"""Reads one file for the pipeline: its content's hash, and, if the picture is unknown, its pixels and facts."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images import MAX_PIXELS, RAW_SUFFIXES, difference_hash, open_image, read_pixels
from captioning.images.limits import MAX_BYTES
from captioning.images.upright import upright_size
from captioning.outputs import Description
from index_data.catalogue.records import ImageFacts, MomentDescription
from index_data.file_stamp import file_stamp
from index_data.metadata.facts import camera_of, facts_of, taken_at
from index_data.scan.walk import FoundFile


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that is set aside.

    Attributes:
        file: As it was found.
        reason: Why.
        passing: The cause lies outside the content, so that it may pass without a change of size or time.
    """

    file: FoundFile
    reason: str
    passing: bool = False


@dataclass(frozen=True, slots=True)
class ReadableFile:
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


@dataclass(frozen=True, slots=True, eq=False)
class ReadableFilm:
    """A film that was read.

    Attributes:
        file: As it was found.
        content_hash: BLAKE2b of the content, 32 bytes.
        facts: What the file says of its pictures; none if the film is known.
        duration: Seconds; 0 if the film is known.
        moments: What was found in it, and is to be stored in the place of what was known; none where that stays.
        kept: What the model says of known moments that stay beside these, by their numbers.
        live: Whether it is the moving side of a photograph, and nothing is to be said of it.
    """

    file: FoundFile
    content_hash: bytes
    facts: ImageFacts | None = None
    duration: float = 0.0
    moments: Sequence[MomentDescription] = ()
    kept: Mapping[int, Description] = field(default_factory=dict)
    live: bool = False


def read_file(
    file: FoundFile, *, side: int, described: Callable[[bytes], bool], max_pixels: int = MAX_PIXELS
) -> ReadableFile | UnreadableFile:
    """Hashes a file, and decodes it unless `described` says that its content needs no description."""
    if file.byte_size > MAX_BYTES:
        return UnreadableFile(file, f"it is larger than {MAX_BYTES / 2**30:.0f} GiB")
    try:
        stamp, content = hash_file(file.path)
        result = (
            ReadableFile(file, content)
            if described(content)
            else _decode(file, content, side=side, max_pixels=max_pixels)
        )
        return changed_meanwhile(file, stamp) or result
    except OSError as error:
        return unreadable(file, error)


def changed_meanwhile(file: FoundFile, stamp: tuple[int, int]) -> UnreadableFile | None:
    """Sets a file aside if its size and time are no longer those that `hash_file` gave.

    Else the words for the later content could be stored under the hash of the earlier one.

    Raises:
        OSError: The system no longer tells them.
    """
    if file_stamp(Path(os.fsdecode(file.path)).stat()) == stamp:
        return None
    return UnreadableFile(file, "it changed while it was read", passing=True)


def hash_file(path: bytes) -> tuple[tuple[int, int], bytes]:
    """Gives size and time of the file that was opened, and the hash of its content.

    Raises:
        OSError: It cannot be read, or is not a regular file.
    """
    # Neither opening nor reading waits for the other end of a pipe.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(handle, "rb") as stream:  # noqa: PTH123
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        return file_stamp(status), hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).digest()


def unreadable(file: FoundFile, error: OSError) -> UnreadableFile:
    """Sets a file aside that the system does not let be read."""
    reason = f"it could not be read ({error.strerror})" if error.strerror else str(error)
    if isinstance(error, FileNotFoundError):
        reason = "it is a link to nothing, or it vanished while it was read"
    elif isinstance(error, PermissionError):
        reason = "it may not be read (permission denied)"
    return UnreadableFile(file, reason, passing=True)


def _decode(file: FoundFile, content: bytes, *, side: int, max_pixels: int) -> ReadableFile | UnreadableFile:
    try:
        with open_image(file.path, max_pixels=max_pixels) as image:
            # Before decoding, which may shrink the picture.
            facts = _facts(image, file.path)
            pixels = read_pixels(image, side=side)
            return ReadableFile(file, content, replace(facts, perceptual_hash=difference_hash(pixels)), pixels)
    except UnreadableImageError as error:
        return UnreadableFile(file, error.reason)


def _kind(image: Image.Image, path: bytes) -> str:
    ending = Path(os.fsdecode(path)).suffix.lower()
    if ending in RAW_SUFFIXES:
        return ending[1:].upper()
    # Phones put a second picture into a JPEG file, which remains one to its owner.
    return "JPEG" if image.format == "MPO" else image.format or "unknown"


def _facts(image: Image.Image, path: bytes) -> ImageFacts:
    width, height = upright_size(image)
    kind = _kind(image, path)
    try:
        facts = facts_of(image)
        return ImageFacts(width, height, kind, taken_at(image, facts, path), camera_of(facts))
    except UnreadableImageError:
        raise
    except Exception:  # damaged facts say nothing; the picture may still be whole
        return ImageFacts(width, height, kind)
