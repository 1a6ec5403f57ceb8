"""What tells a frame that shows much from one that is blurred, black or white."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def brightness(pixels: NDArray[np.uint8]) -> float:
    """The mean luma of a frame, RGB, shape (side, side, 3), uint8: 0 for black, 1 for white."""
    return float(pixels.reshape(-1, 3).mean(0) @ _LUMA) / 255


def sharpness(pixels: NDArray[np.uint8]) -> float:
    """How sharp a frame, RGB, shape (side, side, 3), uint8, is: 0 for one colour, more for finer detail.

    It is the variance of its Laplacian, after Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy"
    (2000), of luma from 0 to 255.
    """
    grey = pixels @ _LUMA
    middle = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(laplacian.var()) if laplacian.size else 0.0
