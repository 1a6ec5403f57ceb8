"""What tells pictures apart by how they look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def difference_hash(pixels: NDArray[np.uint8]) -> int:
    """Tells pictures apart by where they grow brighter: dHash, after Krawetz, "Kind of Like That" (2013).

    Pictures that look alike, whatever their size and compression, differ in few of the 64 bits.

    Args:
        pixels: RGB, shape (side, side, 3), uint8.

    Returns:
        A signed number of 64 bits: row by row, whether each of 8 cells is brighter than the one to its left.
    """
    grey = Image.fromarray(pixels).convert("L").resize((9, 8), Image.Resampling.BOX)
    cells = np.asarray(grey, dtype=np.int16)
    return int(np.packbits(cells[:, 1:] > cells[:, :-1]).view(">i8")[0])
