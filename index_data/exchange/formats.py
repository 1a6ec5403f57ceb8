"""The formats of files of captions, for those who need to load no more than their names."""

from __future__ import annotations

from enum import StrEnum


class FileFormat(StrEnum):
    """A file of captions."""

    COCO = "coco"
    JSONL = "jsonl"
    CSV = "csv"
    FLICKR = "flickr"
    VTT = "vtt"


class SidecarNaming(StrEnum):
    """What a sidecar is called, in the order of `sidecars`: with the photograph's ending, or in place of it."""

    FULL = "full"
    """`photo.jpg.xmp`, which digiKam and darktable read."""
    STEM = "stem"
    """`photo.xmp`, which Lightroom reads."""
