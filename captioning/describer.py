"""The narrow interface through which the pipeline asks a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import Caption, Description, ModelIdentity


def unheard(count: int) -> None:
    """Takes how many pictures were looked at where nobody wants to know."""


class Describer(Protocol):
    """Describes batches of pictures; `captioning.lazy_captioner.LazyCaptioner` does."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers."""
        ...

    @property
    def side(self) -> int:
        """Pixels per side of the square input."""
        ...

    @property
    def path(self) -> Path:
        """The model's file; what others made for the model lies beside it."""
        ...

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        """Describes pictures of shape (B, side, side, 3), uint8, one description each.

        Args:
            pixels: The pictures.
            looked: Told, from any thread, how many more of them were looked at, of all in the end.
        """
        ...

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Places pictures (B, side, side, 3), uint8, in the joint space: unit vectors (B, D), float32, no words."""
        ...

    def alternatives(self, pixels: NDArray[np.uint8], *, sentences: int) -> list[list[Caption]]:
        """Writes at most so many different sentences about each picture (B, side, side, 3), uint8, best first."""
        ...

    def encode_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Encodes sentences to unit vectors (sentences, D), float32, of the joint space."""
        ...

    def save_text_encoder(self, path: Path) -> None:
        """Writes the text tower into a model file of its own."""
        ...
