"""Picture files as people see them: opened within bounds, upright, in the screen's colours."""

from captioning.images.formats import DECODERS, IMAGE_SUFFIXES, RAW_SUFFIXES, UNREAD_SUFFIXES
from captioning.images.hashes import difference_hash
from captioning.images.limits import MAX_PIXELS
from captioning.images.pixels import load_pixels, load_thumbnail, read_pixels
from captioning.images.source import open_image

__all__ = [
    "DECODERS",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "RAW_SUFFIXES",
    "UNREAD_SUFFIXES",
    "difference_hash",
    "load_pixels",
    "load_thumbnail",
    "open_image",
    "read_pixels",
]
