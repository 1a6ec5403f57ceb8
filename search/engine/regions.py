"""Says where in a photograph the network looks for the words of a query that its caption says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.lazy_captioner import LazyCaptioner
from captioning.text.out_of_vocabulary import stem
from captioning.vocabulary import tokenize
from search.engine.hits import Hit
from search.engine.pictures import network_pixels

ATTENDED = 0.5
"""A cell belongs to a region if the network looks at it at least this share as much as at the cell it looks at most."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a photograph, upright; its sides are shares of width and height, in [0, 1]."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def place(self) -> str:
        """Where its middle lies, in words."""
        across, down = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        side = "left" if across < 1 / 3 else "right" if across > 2 / 3 else ""
        height = "top" if down < 1 / 3 else "bottom" if down > 2 / 3 else ""
        return " ".join(part for part in (height, side) if part) or "middle"


def regions_of(captioner: LazyCaptioner, hit: Hit) -> dict[str, Region]:
    """The region of each word of the query that the caption of a hit says in one of its forms.

    Raises:
        UnreadableFileError: The photograph, or the film of the moment, cannot be decoded now.
    """
    stems = [stem(word) for word in tokenize(hit.caption)]
    rows = {word: [row for row, stemmed in enumerate(stems) if stemmed == stem(word)] for word in hit.why.caption}
    if not any(rows.values()):
        return {}
    time = None if hit.moment is None else hit.moment.time
    pixels = network_pixels(Path(os.fsdecode(hit.paths[0])), side=captioner.side, time=time)
    maps = captioner.attention(pixels[None], [hit.caption])[0]
    return {word: attended(maps[steps].mean(0)) for word, steps in rows.items() if steps}


def attended(weights: NDArray[np.float32]) -> Region:
    """The rectangle around the cells that the network looks at, by weights (rows, columns), float32, at least zero."""
    down, across = np.nonzero(weights >= ATTENDED * weights.max())
    height, width = weights.shape
    return Region(
        float(across.min()) / width,
        float(down.min()) / height,
        float(across.max() + 1) / width,
        float(down.max() + 1) / height,
    )
