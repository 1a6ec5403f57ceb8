"""Reads the directories of EXIF facts and of TIFF files, within bounds, whatever is wrong with the rest of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

ORIENTATION = 0x0112

MOST_ENTRIES = 500
"""Entries of a directory that are read."""

MOST_BYTES = 1 << 16
"""Of one value."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_RATIOS = {5: "I", 10: "i"}


_HEXADECIMAL = ("Raw profile type exif", "Raw profile type APP1")
"""Where ImageMagick puts EXIF facts in a PNG file, in hexadecimal after the name and the length."""


def exif_block(image: Image.Image) -> bytes:
    """The EXIF facts of an opened image as they are stored, empty if there are none."""
    block = image.info.get("exif")
    if isinstance(block, bytes):
        return block
    for name in _HEXADECIMAL:
        if isinstance(text := image.info.get(name), str):
            try:
                return bytes.fromhex("".join(text.split()[2:]))
            except ValueError:
                return b""
    return b""


class Entry(NamedTuple):
    """A value of a directory: its bytes as they are stored, its type as TIFF numbers them, and the byte order."""

    kind: int
    raw: bytes
    order: str

    def numbers(self) -> tuple[float, ...]:
        """The value as numbers; ratios with a denominator of zero are no numbers."""
        if self.kind in _RATIOS:
            parts = struct.unpack(f"{self.order}{len(self.raw) // 4}{_RATIOS[self.kind]}", self.raw)
            pairs = zip(parts[::2], parts[1::2], strict=True)
            return tuple(above / below if below else float("nan") for above, below in pairs)
        if self.kind not in _NUMBERS:
            return ()
        code = _NUMBERS[self.kind]
        return struct.unpack(f"{self.order}{len(self.raw) // struct.calcsize(code)}{code}", self.raw)

    def number(self) -> int:
        """The first number, 0 if there is none."""
        first = next(iter(self.numbers()), 0)
        return int(first) if first == first and abs(first) < 2**63 else 0


Directory = dict[int, Entry]
ReadAt = Callable[[int, int], bytes]
"""Gives so many bytes from an offset, or less where there are less."""


class Facts:
    """The directories of one block of EXIF facts, or of one TIFF file."""

    def __init__(self, read: ReadAt) -> None:
        """Takes what reads from the block; a block without directories has none."""
        self._read = read
        head = read(0, 8)
        self.order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        self.first: Directory = {}
        self.next = 0
        if self.order and len(head) == 8:
            self.first, self.next = self._directory(struct.unpack(f"{self.order}I", head[4:])[0])

    @classmethod
    def of_bytes(cls, block: bytes) -> Facts:
        """Those of a block, with or without the mark that a JPEG file has before it."""
        at = 6 if block[:6] in (b"Exif\0\0", b"Exif\0\xff") else 0
        return cls(lambda offset, size: block[at + offset : at + offset + size])

    def below(self, tag: int) -> Directory:
        """The directory to which an entry of the first points, empty if there is none."""
        entry = self.first.get(tag)
        at = entry.number() if entry else 0
        return self._directory(at)[0] if at > 0 else {}

    def _directory(self, at: int) -> tuple[Directory, int]:
        count = self._read(at, 2)
        if len(count) < 2:
            return {}, 0
        entries = min(struct.unpack(f"{self.order}H", count)[0], MOST_ENTRIES)
        cells = self._read(at + 2, 12 * entries + 4)
        directory: Directory = {}
        for start in range(0, min(12 * entries, len(cells) - len(cells) % 12), 12):
            tag, kind, length = struct.unpack(f"{self.order}HHI", cells[start : start + 8])
            size = length * _SIZES.get(kind, 0)
            if not 0 < size <= MOST_BYTES or tag in directory:
                continue
            inline = cells[start + 8 : start + 12]
            raw = inline[:size] if size <= 4 else self._read(struct.unpack(f"{self.order}I", inline)[0], size)
            if len(raw) == size or kind in (2, 7):
                directory[tag] = Entry(kind, raw, self.order)
        following = cells[12 * entries : 12 * entries + 4]
        return directory, struct.unpack(f"{self.order}I", following)[0] if len(following) == 4 else 0
