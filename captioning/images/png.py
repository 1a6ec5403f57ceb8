"""Mends PNG files of which the picture is there: cut at the end, or with more text than a decoder wants to keep."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from captioning.errors import UnreadableImageError
from captioning.images.limits import APART_BYTES, MOST_OF_IT

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"eXIf", b"IDAT", b"IEND"})
_KEPT_BYTES = 1 << 20
"""Of a chunk that is no part of the pixels."""

_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunks(file: BinaryIO, *, kinds: frozenset[bytes] | None = None) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file, as far as they go, with what they hold.

    Args:
        file: Read from its beginning.
        kinds: Only these, if given; others are passed over unread.
    """
    file.seek(len(SIGNATURE))
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kinds is None or kind in kinds:
            yield kind, file.read(length)
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)
        if kind == b"IEND":
            return


def without_text(file: BinaryIO) -> bytes:
    """The same picture without text, as a PNG file."""
    parts = [SIGNATURE]
    for kind, content in chunks(file, kinds=_KEPT):
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND") or len(content) <= _KEPT_BYTES:
            parts.append(_chunk(kind, content))
    return b"".join(parts)


def completed(file: BinaryIO) -> bytes:
    """The picture of a file that was cut, with what is missing left black, as a PNG file.

    Raises:
        UnreadableImageError: Too little of it is there, or it is no picture.
    """
    pixels, head, packed = io.BytesIO(), [], zlib.decompressobj()
    expected = -1
    for kind, content in chunks(file, kinds=_KEPT):
        if kind == b"IHDR":
            expected = _expected(content)
        if kind == b"IDAT":
            if not 0 <= expected <= APART_BYTES:
                raise UnreadableImageError("it is cut short")
            try:
                pixels.write(packed.decompress(content, max(expected - pixels.tell(), 1)))
            except zlib.error:
                break
        elif kind != b"IEND" and len(content) <= _KEPT_BYTES:
            head.append(_chunk(kind, content))
    share = pixels.tell() / expected if expected > 0 else 0.0
    if share < MOST_OF_IT:
        raise UnreadableImageError(f"it is damaged (only {share:.0%} of its picture is there)")
    whole = pixels.getvalue()[:expected].ljust(expected, b"\0")
    return b"".join((SIGNATURE, *head, _chunk(b"IDAT", zlib.compress(whole, 1)), _chunk(b"IEND", b"")))


def _expected(header: bytes) -> int:
    """Bytes of the filtered rows that a header announces, or -1 if it is none."""
    if len(header) != 13:
        return -1
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if colour not in _SAMPLES or depth not in (1, 2, 4, 8, 16):
        return -1
    bits = depth * _SAMPLES[colour]
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
