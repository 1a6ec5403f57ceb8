"""Makes small raw files as cameras write them: a picture to be looked at, and beside it what the sensor saw."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

BYTE, TEXT, SHORT, LONG, RATIO, SIGNED_RATIO = 1, 2, 3, 4, 5, 10
_CODES = {BYTE: "B", SHORT: "H", LONG: "I", RATIO: "I", SIGNED_RATIO: "i"}

Tag = tuple[int, int, bytes | Sequence[int]]

_WIDTH, _HEIGHT = 64, 48
"""Of the sensor."""

_ONES = (1, 1)
_UNIT_MATRIX = [number for row in range(3) for column in range(3) for number in (int(row == column), 1)]


def write_dng(path: Path, picture: Image.Image, *, orientation: int = 1, shown: bool = True) -> Path:
    """Writes a DNG file.

    Args:
        path: Where.
        picture: That is in it to be looked at.
        orientation: In EXIF's numbers.
        shown: Whether the picture is there at all.
    """
    sensor = struct.pack("<H", 1000) * (_WIDTH * _HEIGHT)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    jpeg = buffer.getvalue() + b"\0" * (len(buffer.getvalue()) % 2)
    first, second = b"", b""
    # Twice: the lengths of the directories must be known before they can say what lies where.
    for _ in range(2):
        below = 8 + len(first)
        jpeg_at = below + len(second)
        about_sensor = _sensor_tags(jpeg_at + len(jpeg), len(sensor))
        about_picture = _picture_tags(picture, jpeg_at, len(jpeg)) if shown else about_sensor[1:]
        first = _directory([*about_picture, *_camera_tags(orientation), *([(330, LONG, [below])] if shown else [])], 8)
        second = _directory(about_sensor, below) if shown else b""
    path.write_bytes(b"II*\0" + struct.pack("<I", 8) + first + second + jpeg + sensor)
    return path


def _picture_tags(picture: Image.Image, at: int, size: int) -> list[Tag]:
    width, height = picture.size
    tags: list[Tag] = [(254, LONG, [1]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [8, 8, 8])]
    tags += [(259, SHORT, [7]), (262, SHORT, [6]), (273, LONG, [at]), (277, SHORT, [3]), (278, LONG, [height])]
    return [*tags, (279, LONG, [size])]


def _sensor_tags(at: int, size: int) -> list[Tag]:
    tags: list[Tag] = [(254, LONG, [0]), (256, LONG, [_WIDTH]), (257, LONG, [_HEIGHT]), (258, SHORT, [16])]
    tags += [(259, SHORT, [1]), (262, SHORT, [32803]), (273, LONG, [at]), (277, SHORT, [1]), (278, LONG, [_HEIGHT])]
    tags += [(279, LONG, [size]), (33421, SHORT, [2, 2]), (33422, BYTE, [0, 1, 1, 2])]
    return [*tags, (50717, SHORT, [65535])]


def _camera_tags(orientation: int) -> list[Tag]:
    tags: list[Tag] = [(271, TEXT, b"Maker\0"), (272, TEXT, b"Model 1\0"), (274, SHORT, [orientation])]
    tags += [(306, TEXT, b"2024:05:06 07:08:09\0"), (50706, BYTE, [1, 4, 0, 0]), (50708, TEXT, b"Maker Model 1\0")]
    return [*tags, (50721, SIGNED_RATIO, _UNIT_MATRIX), (50728, RATIO, _ONES * 3), (50778, SHORT, [21])]


def _directory(tags: Sequence[Tag], at: int) -> bytes:
    """A directory of a TIFF file that will lie at an offset, with its values behind it."""
    cells, values, start = b"", b"", at + 2 + 12 * len(tags) + 4
    for number, kind, content in sorted(tags, key=lambda tag: tag[0]):
        raw = content if isinstance(content, bytes) else struct.pack(f"<{len(content)}{_CODES[kind]}", *content)
        count = len(content) // 2 if kind in (RATIO, SIGNED_RATIO) else len(content)
        cell = raw.ljust(4, b"\0")
        if len(raw) > 4:
            cell = struct.pack("<I", start + len(values))
            values += raw + b"\0" * (len(raw) % 2)
        cells += struct.pack("<HHI", number, kind, count) + cell
    return struct.pack("<H", len(tags)) + cells + struct.pack("<I", 0) + values
