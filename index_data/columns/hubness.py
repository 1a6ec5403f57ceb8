"""How near pictures lie to sentences of all kinds.

Axis legend: N pictures, B sentences of the bank, D joint size.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index_data.vectors.leading import LeadingAxes

NEAREST = 10
"""Sentences of the bank by which a picture's hubness is measured."""

CHUNK = 4096
"""Pictures that are compared with the bank at once."""


def hubness(pictures: NDArray[np.float32], bank: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near pictures (N, D), unit vectors, lie to the nearest sentences of a bank (B, D): (N,), float32, in [-1, 1].

    A picture near many sentences is found by everything, and should not be: this is one side of the
    cross-domain similarity local scaling of Conneau et al., "Word Translation Without Parallel Data" (2018), eq. 2,
    with a fixed bank of sentences, as in Bogolin et al., "Cross Modal Retrieval with Querybank Normalisation" (2022).
    """
    means = np.empty(len(pictures), np.float32)
    for at in range(0, len(pictures), CHUNK):
        near = pictures[at : at + CHUNK] @ bank.T
        count = min(NEAREST, near.shape[1])
        means[at : at + CHUNK] = np.partition(near, -count, axis=1)[:, -count:].mean(1)
    return means


class Bank:
    """Sentences of all kinds, by which the hubness of pictures is measured."""

    def __init__(self, vectors: NDArray[np.float16]) -> None:
        """Takes their unit vectors (B, D), float16."""
        self._vectors = vectors

    @cached_property
    def digest(self) -> str:
        """Which bank it is."""
        return hashlib.blake2b(np.ascontiguousarray(self._vectors).data, digest_size=16).hexdigest()

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The unit vectors (B, D), float32."""
        return self._vectors.astype(np.float32)

    @cached_property
    def leading_axes(self) -> LeadingAxes:
        """The directions in which they differ most."""
        return LeadingAxes(self.vectors)


def read_bank(relevance: Path) -> Bank | None:
    """The bank in a file of what was fitted for a model; none where there is no file, or none that can be read."""
    from safetensors import SafetensorError, safe_open

    if not relevance.is_file():
        return None
    try:
        with safe_open(relevance, framework="np") as file:
            return Bank(file.get_tensor("bank"))
    except (OSError, SafetensorError):  # who asks a question is told of it
        return None
