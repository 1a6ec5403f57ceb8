"""Reads how a JPEG file is laid out, without decoding it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from captioning.errors import UnreadableImageError

START = b"\xff\xd8"
END = b"\xff\xd9"

MOST_EXIF = 72 * 1024
"""Bytes of EXIF facts, which have one segment of 64 KiB. Pillow joins more of them and copies each value out of the
whole, so that a few megabytes would take all memory there is."""

_FRAMES = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _EXIF = 0xDA, 0xE1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class JpegLayout:
    """What the header of a JPEG file tells of its costs.

    Attributes:
        progressive: Whether it is drawn in several scans.
        samples_per_pixel: Of all colours together; less than their number where some are stored more coarsely.
        scans: Passes over the picture; counted only of a progressive one.
    """

    progressive: bool = False
    samples_per_pixel: float = 3.0
    scans: int = 1


def read_layout(stream: BinaryIO) -> JpegLayout | None:
    """Reads the layout of a JPEG file from its beginning; none of another file.

    Raises:
        UnreadableImageError: It holds more EXIF facts than a photograph does.
    """
    stream.seek(0)
    if stream.read(2) != START:
        return None
    progressive, samples, exif = False, 3.0, 0
    while (marker := _marker(stream)) is not None and marker != _SCAN:
        if marker in _BARE:
            continue
        size = stream.read(2)
        if len(size) < 2:
            break
        length = struct.unpack(">H", size)[0] - 2
        if marker in _FRAMES:
            progressive = marker in _PROGRESSIVE
            samples = _samples(stream.read(max(length, 0)))
            continue
        if marker == _EXIF and stream.read(min(6, max(length, 0))) == b"Exif\0\0":
            exif += length
            length -= 6
        elif marker == _EXIF:
            length -= min(6, max(length, 0))
        if exif > MOST_EXIF:
            raise UnreadableImageError("its EXIF facts are too large")
        if length > 0:
            stream.seek(length, 1)
    return JpegLayout(progressive, samples, _count_scans(stream) if progressive else 1)


def _marker(stream: BinaryIO) -> int | None:
    """The next marker, whatever stands before it, as decoders find it."""
    byte = stream.read(1)
    while byte and byte != b"\xff":
        byte = stream.read(1)
    while byte == b"\xff":
        byte = stream.read(1)
    return byte[0] if byte else None


def _samples(frame: bytes) -> float:
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5]:
        return 3.0
    factors = [(frame[7 + 3 * n] >> 4, frame[7 + 3 * n] & 15) for n in range(frame[5])]
    widest, highest = max((h for h, _ in factors), default=1), max((v for _, v in factors), default=1)
    return sum(h * v for h, v in factors) / max(widest * highest, 1)


def _count_scans(stream: BinaryIO) -> int:
    """Scans of a picture of which one has begun; pictures in its facts may be counted too."""
    scans, last = 1, b""
    while block := stream.read(_CHUNK):
        scans += (last + block).count(bytes((0xFF, _SCAN)))
        last = block[-1:]
    return scans
