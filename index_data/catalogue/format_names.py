"""The names that people have for file formats, and how these are stored."""

from __future__ import annotations

_FORMATS = {
    **dict.fromkeys(("jpeg", "jpg", "jpe", "jfif"), ("jpeg", "mpo")),
    **dict.fromkeys(("jpeg2000", "jp2", "j2k", "jpf", "jpx", "jpc", "j2c"), ("jpeg2000",)),
    **dict.fromkeys(("pgm", "pbm", "pnm"), ("ppm",)),
    **dict.fromkeys(("heic", "hif"), ("heif",)),
    **dict.fromkeys(("tif",), ("tiff",)),
    **dict.fromkeys(("apng",), ("png",)),
    "bmp": ("bmp", "dib"),
}
"""How formats are stored, in lower case, by the names that people have for them, where those differ.

Phones put a second picture into a JPEG file, which is called MPO then and remains a JPEG file to its owner.
"""


def stored_formats(name: str) -> tuple[str, ...]:
    """How the formats that people call by a name, lower case, are stored, in lower case."""
    return _FORMATS.get(name, (name,))
