"""Which files are taken for pictures, and the only decoders that a file can reach."""

from __future__ import annotations

from functools import cache
from importlib import import_module

DECODERS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "HEIF", "AVIF", "JPEG2000", "PPM", "PCX"),
    # Last, since it has no mark at its beginning by which it could be told.
    "TGA",
)
"""Pillow's names of the formats that are decoded, whatever a file is called.

Others of Pillow's plugins start programs (EPS starts Ghostscript), fetch what they were not given, or were written for
formats in which nobody keeps photographs; what they would read is refused.
"""

_PLUGINS = (
    *("BmpImagePlugin", "GifImagePlugin", "JpegImagePlugin", "PngImagePlugin", "PpmImagePlugin", "TiffImagePlugin"),
    *("WebPImagePlugin", "AvifImagePlugin", "Jpeg2KImagePlugin", "PcxImagePlugin", "TgaImagePlugin"),
)

IMAGE_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff"),
        *("heic", "heif", "hif", "avif", "jp2", "j2k", "jpf", "jpx", "jpc", "j2c"),
        *("tga", "ppm", "pgm", "pbm", "pnm", "pcx"),
    )
)
"""File name endings, in lower case, that are taken for images."""

RAW_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("3fr", "ari", "arw", "bay", "cap", "cr2", "cr3", "crw", "dcr", "dcs", "dng", "drf", "eip", "erf", "fff"),
        *("gpr", "iiq", "k25", "kdc", "mdc", "mef", "mos", "mrw", "nef", "nrw", "orf", "ori", "pef", "ptx", "pxn"),
        *("r3d", "raf", "raw", "rw2", "rwl", "rwz", "sr2", "srf", "srw", "sti", "x3f"),
    )
)
"""Endings, in lower case, of what cameras write before it is developed."""

UNREAD_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("ai", "art", "cin", "clip", "dcm", "dds", "djvu", "dpx", "emf", "eps", "exr", "fit", "fits", "hdr", "icns"),
        *("jls", "jng", "jxl", "jxr", "kra", "mng", "ora", "pam", "pcd", "pfm", "pict", "psb", "psd", "qoi", "ras"),
        *("sgi", "svg", "svgz", "wdp", "wmf", "xbm", "xcf", "xpm"),
    )
)
"""Endings, in lower case, of other pictures that are not read; who has some should know it."""


@cache
def register_decoders() -> None:
    """Has Pillow know the decoders, and nothing else speak: what a file makes a library say is no person's concern."""
    from PIL import Image
    from pillow_heif import register_heif_opener

    from captioning.images.native import hush_libraries

    for plugin in _PLUGINS:
        import_module(f"PIL.{plugin}")
    register_heif_opener()
    # Pillow's limit warns first and refuses at twice that; `open_image` refuses at one limit, with one sentence.
    Image.MAX_IMAGE_PIXELS = None
    hush_libraries()
