"""Decodes pictures in processes of their own, which have so much memory and time and no more.

Run as a program, it is such a process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from captioning.apart.program import SPARE_BYTES, Part, confine, end_after, serve
from captioning.images.limits import BYTES_PER_PIXEL, SECONDS


def _answer(path: Path, *, side: int, filling: bool, max_pixels: int) -> Iterator[Part]:
    confine(BYTES_PER_PIXEL * max_pixels + SPARE_BYTES)
    end_after(SECONDS)
    from captioning.images.decode import decode
    from captioning.images.source import open_image

    with open_image(path, max_pixels=max_pixels) as image:
        picture = decode(image, side=side, filling=filling)
    yield {"size": picture.size}, picture.tobytes()


if __name__ == "__main__":
    serve(_answer)
