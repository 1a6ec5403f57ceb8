"""Small pictures of photographs, and of films at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from captioning.images import load_thumbnail
from captioning.videos import read_frame

if TYPE_CHECKING:
    from PIL import Image


def small_picture(path: Path, *, side: int, time: float | None) -> Image.Image:
    """Decodes a photograph, or the frame of a film that is shown at a time, upright and RGB.

    Args:
        path: Of the file.
        side: The most pixels of either side.
        time: Seconds from the beginning of a film; none for a photograph.

    Raises:
        UnreadableFileError: The file is not a picture, or not a film, that can be decoded.
    """
    return load_thumbnail(path, side=side) if time is None else read_frame(path, time, side=side)
