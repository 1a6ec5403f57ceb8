"""A linear classifier that knows a tag from a few examples.

It is regression by a Gaussian process (Rasmussen and Williams 2006, sections 2.2 and 5.4.2) whose prior says that a
picture is as any other of the library: the kernel is the inner product of the library's whitened vectors, examples are
worth 1, refused ones -1, and everything else 0. So nothing need be drawn to learn from, each example's score by the
others alone is a closed form, and what is learnt is one vector of weights.

Axis legend: N images of the library, n examples, r refused ones, D joint size.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Scores = NDArray[np.float32]
Numbers = NDArray[np.float64]

SHRINKAGE = 0.15
"""Share of the covariance that is spread over all directions alike; measured in `benchmarks/learning.py`."""

NOISE = 1.0
"""How much an example may be mistaken, as a multiple of the kernel's mean diagonal."""

STRETCHED, UNTAGGED = 1.2, 45
"""What log-odds of having been given a tag are multiplied by, and how many photographs have it though nobody gave it,
so that they become those of having it; fitted on every third label of `benchmarks/learning.py`."""

NEWTON_STEPS = 50
"""At most, for the logistic curve, which is mostly found in ten."""

SMALLEST_STEP = 1e-6
"""Of a parameter of the curve, below which it counts as found."""

LEAST_STRENGTH = 0.1
"""Of what examples teach that know nothing of each other: what is learnt is never nothing at all."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How the vectors of a library lie.

    Attributes:
        mean: Shape (D,), float64.
        covariance: Shape (D, D), float64.
        precision: Shape (D, D), float64: the inverse of the covariance, shrunk.
    """

    mean: Numbers
    covariance: Numbers
    precision: Numbers

    def spread(self, direction: NDArray[np.floating[Any]]) -> float:
        """The standard deviation of the library's inner products with a direction (D,), above 0."""
        return sqrt(max(float(direction @ self.covariance @ direction), 1e-12))


class Surveyor:
    """Takes the vectors of a library part by part, and tells how they lie."""

    def __init__(self, dimension: int) -> None:
        self._count = 0
        self._sum = np.zeros(dimension)
        self._products = np.zeros((dimension, dimension))

    def take(self, vectors: Vectors) -> None:
        """Takes unit vectors (any, D), float32."""
        self._count += len(vectors)
        self._sum += vectors.sum(0, dtype=np.float64)
        self._products += vectors.T @ vectors

    def surroundings(self) -> Surroundings:
        """How those lie that were taken, at least one."""
        mean = self._sum / self._count
        covariance = self._products / self._count - np.outer(mean, mean)
        spread = max(float(np.trace(covariance)) / len(mean), 1e-9)
        shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * spread * np.eye(len(mean))
        return Surroundings(mean, covariance, np.linalg.inv(shrunk).astype(np.float64))


@dataclass(frozen=True, slots=True)
class TagClassifier:
    """What was learnt of a tag; over the library, scores have mean 0 and standard deviation 1.

    Attributes:
        weights: Shape (D,), float32.
        offset: Taken from the inner product with them.
        left_out: Shape (n,), float64: the score of each example by what the others alone teach.
    """

    weights: Vectors
    offset: float
    left_out: Numbers

    def scores(self, vectors: Vectors) -> Scores:
        """Scores (any,), float32, of unit vectors (any, D), float32."""
        scores: Scores = vectors @ self.weights - np.float32(self.offset)
        return scores


def learn(
    surroundings: Surroundings, examples: Vectors, refused: Vectors, name: NDArray[np.float32] | None = None
) -> TagClassifier:
    """Learns a tag.

    What examples teach and what the name says are two signs; each counts as far as it tells the examples, each of them
    left out in turn, from the library.

    Args:
        surroundings: Of the library.
        examples: Unit vectors (n, D), float32, of pictures that have the tag, at least two.
        refused: Unit vectors (r, D), float32, of pictures that a person said do not have it.
        name: The tag's name in the joint space, a unit vector (D,), float32; none where its words say nothing.
    """
    count = len(examples)
    seen = np.concatenate([examples, refused]) - surroundings.mean
    worth = np.concatenate([np.ones(count), -np.ones(len(refused))])
    whitened = seen @ surroundings.precision
    kernel = whitened @ seen.T
    inverse = np.linalg.inv(kernel + NOISE * np.diagonal(kernel).mean() * np.eye(len(worth)))
    dual = inverse @ worth
    taught = dual @ whitened
    spread = surroundings.spread(taught)
    # Rasmussen and Williams, equation 5.12.
    left_out = (worth - dual / np.diagonal(inverse))[:count] / spread
    strength = max(LEAST_STRENGTH, float(left_out.mean()))
    weights, left_out = strength / spread * taught, strength * left_out
    if name is not None:
        direction = name / surroundings.spread(name)
        said = seen[:count] @ direction
        share = max(0.0, float(said.mean()))
        weights, left_out = weights + share * direction, left_out + share * said
    scale = surroundings.spread(weights)
    weights, left_out = weights / scale, left_out / scale
    return TagClassifier(weights.astype(np.float32), float(weights @ surroundings.mean), left_out)


def standing(left_out: Numbers, others: Scores) -> float:
    """The mean share of other photographs that an example stands before, in [0, 1]; one half is chance.

    Args:
        left_out: Scores of the examples (n,), each by what the others teach.
        others: Scores of photographs without the tag (any,), float32.
    """
    if not len(others):
        return 0.5
    return float(np.searchsorted(np.sort(others), left_out).mean()) / len(others)


def probabilities(scores: Scores, left_out: Numbers, others: Scores) -> Numbers:
    """How probable it is that photographs have the tag, shape (any,), float64, in [0, 1).

    A logistic curve tells the examples' left-out scores from those of photographs without the tag (Platt,
    "Probabilistic Outputs for Support Vector Machines", 1999). Some of these have it and only nobody said so: the curve
    then tells who was given the tag, and not who has it (Elkan and Noto, "Learning Classifiers from Only Positive and
    Unlabeled Data", 2008), so that its log-odds are stretched, and raised while there are few examples.

    Args:
        scores: Of any photographs, float32.
        left_out: Of the examples (n,), each by what the others teach.
        others: Of photographs without the tag (any,), float32.
    """
    slope, offset = _logistic(left_out, others)
    raised = max(0.0, log(UNTAGGED / len(left_out)))
    chances = _sigmoid(STRETCHED * (slope * scores.astype(np.float64) + offset) + raised)
    # By Laplace's rule of succession nothing is more certain than so many examples can say.
    return np.minimum(chances, (len(left_out) + 1) / (len(left_out) + 2))


def _logistic(left_out: Numbers, others: Scores) -> tuple[float, float]:
    """Slope, above 0, and offset of the curve, by Newton's method."""
    values = np.concatenate([left_out, others])
    targets = np.concatenate(
        [
            np.full(len(left_out), (len(left_out) + 1) / (len(left_out) + 2)),
            np.full(len(others), 1 / (len(others) + 2)),
        ]
    )
    design = np.stack([values, np.ones(len(values))], 1)
    curve = np.array([0.0, np.log(targets.mean() / (1 - targets.mean()))])
    loss = _cross_entropy(design @ curve, targets)
    for _ in range(NEWTON_STEPS):
        told = _sigmoid(design @ curve)
        slopes = design.T @ (told - targets)
        bends = (design * (told * (1 - told))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(bends, slopes)
        # Far from the best curve a whole step leads astray.
        while (shorter := _cross_entropy(design @ (curve - step), targets)) > loss and np.abs(
            step
        ).max() > SMALLEST_STEP:
            step /= 2
        if shorter >= loss:
            break
        curve, loss = curve - step, shorter
    return max(float(curve[0]), SMALLEST_STEP), float(curve[1])


def _cross_entropy(log_odds: Numbers, targets: Numbers) -> float:
    return float((np.logaddexp(0.0, log_odds) - targets * log_odds).sum())


def _sigmoid(log_odds: Numbers) -> Numbers:
    curve: Numbers = np.exp(-np.logaddexp(0.0, -log_odds))
    return curve
