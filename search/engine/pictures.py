"""Reads pictures as the network takes them: of photographs, and of films at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def network_pixels(path: Path, *, side: int, time: float | None = None) -> NDArray[np.uint8]:
    """Decodes a photograph, or the frame of a film that is shown at a time.

    Args:
        path: Of the file.
        side: Pixels per side of the square.
        time: Seconds from the beginning of a film; none for a photograph.

    Returns:
        RGB pixels, shape (side, side, 3), uint8.

    Raises:
        UnreadableFileError: The file is not a picture, or not a film, that can be decoded.
    """
    # Pillow, of which a question of words needs nothing.
    from captioning.images import load_pixels, read_pixels
    from captioning.videos import read_frame

    return load_pixels(path, side=side) if time is None else read_pixels(read_frame(path, time), side=side)
