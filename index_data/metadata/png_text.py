"""Reads the texts of PNG files, wherever in the file they stand, each up to a size that a person could have written."""

from __future__ import annotations

import zlib
from pathlib import Path

from captioning.images.png import chunks
from captioning.images.source import PictureFile
from index_data.metadata.text import decode

MOST_BYTES = 1 << 20
"""Of a text."""

_MOST_TEXTS = 200

_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})


def read_texts(path: Path) -> dict[str, str]:
    """The texts by their keywords in lower case, the first of each.

    Raises:
        UnreadableImageError: It takes too long.
        OSError: The file may not be read.
    """
    texts: dict[str, str] = {}
    with PictureFile(path) as file:
        file.begin_decoding()
        for count, (kind, content) in enumerate(chunks(file, kinds=_KINDS)):
            if count >= _MOST_TEXTS:
                break
            keyword, _, rest = content.partition(b"\0")
            if 0 < len(keyword) < 80 and len(content) <= MOST_BYTES:
                texts.setdefault(keyword.decode("latin-1").strip().lower(), _text(kind, rest).strip("\0 \r\n\t"))
    return texts


def _text(kind: bytes, rest: bytes) -> str:
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:]
        rest = rest.partition(b"\0")[2].partition(b"\0")[2]
    elif packed:
        rest = rest[1:]
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, MOST_BYTES)
        except zlib.error:
            return ""
    return decode(rest)
