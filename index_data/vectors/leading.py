"""Bounds of inner products, told from a few leading axes, so that most vectors need not be read.

A question's sentence lies almost whole in the few directions in which sentences differ most. Along these its product
with a vector is computed; what all the rest may add is at most the product of the lengths of both rests, by Cauchy and
Schwarz. The length stands behind the leading axes, so that one product of a matrix and a vector gives all bounds.

Axis legend: N vectors, B sentences, D joint size, C columns, which are the leading axes and a length.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

COLUMNS = 96
"""Leading axes and the length of the rest. Of 100,000 vectors some 4,700 must be computed beside 80 columns, 2,700
beside 96 and 1,500 beside 128, and the bounds take 3.5, 3.0 and 4.9 ms."""

LONGEST_REST = 0.5
"""Length of a question's rest from which on bounds would tell too little."""

CHUNK = 4096
"""Vectors that are turned at once."""

_ROUNDING = np.float32(1e-5)
"""More than what single precision takes from a product of unit vectors, or from the square of a length."""


class LeadingAxes:
    """The directions in which the sentences of a bank differ most."""

    def __init__(self, sentences: Array) -> None:
        """Takes their unit vectors (B, D), float32."""
        self._sentences = sentences

    @cached_property
    def directions(self) -> Array:
        """Orthonormal axes (D, C - 1), float32, by falling share of the sentences."""
        # In double precision: were the axes not orthonormal, bounds would not hold.
        sentences = self._sentences.astype(np.float64)
        _, axes = np.linalg.eigh(sentences.T @ sentences)
        return np.ascontiguousarray(axes[:, :-COLUMNS:-1].astype(np.float32))

    def turned(self, vectors: Array) -> Array:
        """Vectors (N, D), float32, along the axes, and behind these the length of what is left: (N, C), float32."""
        parts = vectors @ self.directions
        squares = np.einsum("nd,nd->n", vectors, vectors) - np.einsum("nc,nc->n", parts, parts)
        return np.column_stack([parts, np.sqrt(np.maximum(squares, 0) + _ROUNDING)])


class LeadingParts:
    """What vectors are along leading axes."""

    def __init__(self, axes: LeadingAxes, vectors: Array) -> None:
        """Turns vectors (N, D), float32, of unit norm."""
        self.axes = axes
        self._parts = np.concatenate(
            [axes.turned(vectors[at : at + CHUNK]) for at in range(0, max(1, len(vectors)), CHUNK)]
        )

    def bounds(self, question: Array) -> Array | None:
        """What the inner products with a unit vector (D,), float32, do not exceed: (N,), float32.

        Nothing where the leading axes tell too little of the question.
        """
        turned = self.axes.turned(question[None])[0]
        if turned[-1] > LONGEST_REST:
            return None
        bounds: Array = self._parts @ turned
        bounds += _ROUNDING
        return bounds
