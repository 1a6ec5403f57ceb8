"""What tells a frame that shows much from one that is blurred, black or white."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def brightness(pixels: NDArray[np.uint8]) -> float:
    """The mean luma of a frame, RGB, shape (side, side, 3), uint8: 0 for black, 1 for white."""
    return float(_luma(pixels).mean()) / 255


def sharpness(pixels: NDArray[np.uint8]) -> float:
    """How sharp a frame, RGB, shape (side, side, 3), uint8, is: 0 for one colour, more for finer detail.

    It is the variance of its Laplacian, after Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy"
    (2000), of luma from 0 to 255.
    """
    luma = _luma(pixels).astype(np.int16)
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * luma[1:-1, 1:-1]
    return float(laplacian.var()) if laplacian.size else 0.0


def _luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).convert("L"))
