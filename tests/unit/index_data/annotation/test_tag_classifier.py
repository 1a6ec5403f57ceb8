"""The classifier of tags against slow and obvious ways to the same figures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from index_data.annotation.tag_classifier import NOISE, Surroundings, Surveyor, learn, probabilities, standing

COUNT, D = 300, 12


def drawn(seed: int, count: int) -> NDArray[np.float32]:
    """Unit vectors (count, D), float32."""
    vectors = np.random.default_rng(seed).standard_normal((count, D))
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture(scope="module")
def library() -> NDArray[np.float32]:
    return drawn(0, COUNT)


@pytest.fixture(scope="module")
def surroundings(library: NDArray[np.float32]) -> Surroundings:
    surveyor = Surveyor(D)
    for at in range(0, COUNT, 77):
        surveyor.take(library[at : at + 77])
    return surveyor.surroundings()


def test_surroundings_are_those_of_all_at_once(library: NDArray[np.float32], surroundings: Surroundings) -> None:
    assert surroundings.mean == pytest.approx(library.mean(0), abs=1e-6)
    assert surroundings.covariance == pytest.approx(np.cov(library.T, bias=True), abs=1e-6)
    classifier = learn(surroundings, library[:4], library[4:6])
    scores = classifier.scores(library)
    assert scores.mean() == pytest.approx(0, abs=1e-4)
    assert scores.std() == pytest.approx(1, abs=1e-4)


def test_each_example_is_left_out_as_if_it_were_not_there(
    library: NDArray[np.float32], surroundings: Surroundings
) -> None:
    has, refused = library[:5], library[5:7]
    seen = np.concatenate([has, refused]) - surroundings.mean
    worth = np.array([1.0] * 5 + [-1.0] * 2)
    kernel = seen @ surroundings.precision @ seen.T
    noise = NOISE * np.diagonal(kernel).mean()
    slow = []
    for number in range(5):
        others = np.arange(7) != number
        taught = np.linalg.solve(kernel[np.ix_(others, others)] + noise * np.eye(6), worth[others])
        slow.append(kernel[number, others] @ taught)
    quick = learn(surroundings, has, refused).left_out
    assert quick / quick[0] == pytest.approx(np.array(slow) / slow[0], rel=1e-6)


def test_what_was_refused_scores_less_and_a_fitting_name_helps(surroundings: Surroundings) -> None:
    has, alike = drawn(3, 1).repeat(3, 0), drawn(4, 1)
    assert learn(surroundings, has, alike).scores(alike)[0] < learn(surroundings, has, alike[:0]).scores(alike)[0]
    # A name that lies where the examples do says the same; one on the other side says nothing.
    plain, fitting, astray = (
        learn(surroundings, has, alike[:0], name).weights for name in (None, has[0], (-has[0]).astype(np.float32))
    )
    assert not np.allclose(plain, fitting)
    assert np.allclose(plain, astray)


def test_probabilities_rise_and_never_are_certain() -> None:
    others = np.random.default_rng(5).standard_normal(2000).astype(np.float32)
    left_out = np.array([4.0, 5.0, 6.0])
    chances = probabilities(np.linspace(-3, 9, 50, dtype=np.float32), left_out, others)
    assert (np.diff(chances) >= 0).all()
    assert chances[0] < 0.01
    assert chances[-1] == pytest.approx(4 / 5)
    # Examples that are as all others prove nothing.
    assert probabilities(others, np.array([-0.5, 0.1, 0.4]), others).max() < 0.2


def test_standing_is_the_share_of_others_behind() -> None:
    others = np.arange(10, dtype=np.float32)
    assert standing(np.array([9.5, 4.5]), others) == pytest.approx(0.75)
    assert standing(np.array([1.0]), others[:0]) == 0.5
