"""Takes the picture out of a raw file, run as a program: LibRaw has so much memory and time and no more.

It writes a line to stdout, which says why there is no picture, or is empty and has the picture behind it.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from captioning.errors import UnreadableImageError
from captioning.images.apart import confine, end_after
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
        return picture.data
    buffer = io.BytesIO()
    Image.fromarray(picture.data).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def main() -> None:
    """Writes the picture of the file whose path is given, in hexadecimal."""
    confine(BYTES_PER_PIXEL * MAX_PIXELS)
    end_after(SECONDS)
    reason, picture = "", b""
    try:
        picture = _embedded_picture(Path(os.fsdecode(bytes.fromhex(sys.argv[1]))))
    except UnreadableImageError as error:
        reason = error.reason
    sys.stdout.buffer.write(reason.encode() + b"\n" + picture)


if __name__ == "__main__":
    main()
