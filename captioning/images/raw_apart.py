"""Takes the picture out of raw files, run as a program: LibRaw has so much memory and time and no more."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from captioning.apart.program import SPARE_BYTES, Part, confine, end_after, serve
from captioning.errors import UnreadableImageError
from captioning.images.limits import BYTES_PER_PIXEL, MAX_PIXELS, SECONDS


def _embedded_picture(path: Path) -> bytes:
    import rawpy
    from PIL import Image

    try:
        with path.open("rb") as file, rawpy.imread(file) as raw:
            picture = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        raise UnreadableImageError("there is no picture in it that can be shown") from None
    except rawpy.LibRawError:
        raise UnreadableImageError("it is no raw file that can be read") from None
    if isinstance(picture.data, bytes):
        if not picture.data:
            raise UnreadableImageError("there is no picture in it that can be shown")
        return picture.data
    buffer = io.BytesIO()
    Image.fromarray(picture.data).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _answer(path: Path) -> Iterator[Part]:
    confine(BYTES_PER_PIXEL * MAX_PIXELS + SPARE_BYTES)
    end_after(SECONDS)
    yield {}, _embedded_picture(path)


if __name__ == "__main__":
    serve(_answer)
