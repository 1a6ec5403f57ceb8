"""What is fitted: logistic regression against hand-made and known answers, and where hits end."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.model_file import read_model_file
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data.columns.stems import stems_of
from search.engine.document_terms import DocumentTerms
from search.engine.features import Photographs
from search.engine.relevance import Relevance, RelevanceFeatures
from search.evaluation.judgements import RelevanceJudgements
from search.evaluation.relevance_fit import RIDGE, JudgedFeatures, _cut_offs, fit, logistic
from tests.unit.search.conftest import NAMES, SCALE, tiny_relevance


def drawn(
    seed: int, rows: int, bias: float, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(rows, len(weights))) * [1.0, 3.0, 0.1] + [0.0, 5.0, -1.0]
    chances = 1 / (1 + np.exp(-(bias + features @ weights)))
    return features, (draw.random(rows) < chances).astype(np.float64)


def test_one_column_of_two_values_by_hand() -> None:
    # Of the rows with 0 a quarter is relevant, of those with 1 three quarters: log-odds of -log 3 and log 3.
    features = np.array([[0.0]] * 400 + [[1.0]] * 400)
    outcomes = np.array(([1.0] * 100 + [0.0] * 300) + ([1.0] * 300 + [0.0] * 100))
    bias, (slope,) = logistic(features, outcomes, np.ones(800))
    assert bias == pytest.approx(-np.log(3), abs=0.02)
    assert slope == pytest.approx(2 * np.log(3), abs=0.04)


def test_known_weights_are_found_again() -> None:
    weights = np.array([1.5, -0.5, 4.0])
    features, outcomes = drawn(0, 60_000, 2.0, weights)
    bias, found = logistic(features, outcomes, np.ones(len(features)))
    np.testing.assert_allclose(found, weights, rtol=0.08)
    assert bias == pytest.approx(2.0, abs=0.4)


def test_it_is_what_scikit_learn_finds() -> None:
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn comes with the extra `demo`")
    features, outcomes = drawn(1, 2_000, -1.0, np.array([0.7, 0.2, -3.0]))
    weights = np.random.default_rng(1).uniform(0.5, 4.0, len(features))
    bias, slopes = logistic(features, outcomes, weights)
    mean = np.average(features, axis=0, weights=weights)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weights))
    model = linear.LogisticRegression(C=1 / (RIDGE * weights.sum()), tol=1e-10, max_iter=2_000)
    model.fit((features - mean) / spread, outcomes, sample_weight=weights)
    expected = model.coef_[0] / spread
    np.testing.assert_allclose(slopes, expected, rtol=1e-3)
    assert bias == pytest.approx(float(model.intercept_[0] - expected @ mean), abs=1e-3)


def test_a_row_that_stands_for_three_counts_like_three() -> None:
    features, outcomes = drawn(2, 300, 0.0, np.array([1.0, 0.1, 1.0]))
    thrice = np.where(np.arange(300) < 50, 3, 1)
    weighted = logistic(features, outcomes, thrice.astype(np.float64))
    repeated = logistic(np.repeat(features, thrice, 0), np.repeat(outcomes, thrice), np.ones(int(thrice.sum())))
    np.testing.assert_allclose(weighted[1], repeated[1], atol=1e-6)
    assert weighted[0] == pytest.approx(repeated[0], abs=1e-6)


def test_a_column_that_never_changes_and_perfect_evidence_do_no_harm() -> None:
    features = np.array([[0.0, 7.0]] * 50 + [[1.0, 7.0]] * 50)
    bias, found = logistic(features, features[:, 0], np.ones(100))
    assert np.isfinite([bias, *found]).all()
    assert found[0] > 5


def asked(*log_odds: float, relevant: tuple[int, ...]) -> JudgedFeatures:
    """A query against photographs with these log-odds."""
    none = np.zeros(len(log_odds), np.float32)
    features = RelevanceFeatures(np.array(log_odds, np.float32), none, none, none, none, none, none, 1)
    return JudgedFeatures(features, np.isin(np.arange(len(log_odds)), relevant))


@pytest.fixture
def as_it_is(tiny_model: Path) -> Relevance:
    """Log-odds are the likeness itself."""
    return tiny_relevance(
        tiny_model,
        order={name: float(name == "likeness") for name in NAMES},
        scale={**dict.fromkeys(SCALE, 0.0), "order": 1.0},
    )


def test_the_least_probability_parts_queries_with_an_answer_from_those_without(as_it_is: Relevance) -> None:
    def odds(chance: float) -> float:
        return float(np.log(chance / (1 - chance)))

    queries = [asked(odds(0.9), odds(0.01), relevant=(0,)) for _ in range(10)]
    queries += [asked(odds(0.3), odds(0.01), relevant=(0,)) for _ in range(10)]
    queries += [asked(odds(0.205), odds(0.1), relevant=()) for _ in range(10)]
    cut_offs = _cut_offs(as_it_is, queries)
    assert 0.205 < cut_offs.least <= 0.3
    assert cut_offs.card["answered_and_something_shown"] == 1.0
    assert cut_offs.card["unanswered_and_nothing_shown"] == 1.0
    assert cut_offs.card["f1"] == 1.0
    assert (cut_offs.card["queries"], cut_offs.card["photographs"]) == (30, 2)


def test_the_share_of_the_best_leaves_out_what_the_best_outshines(as_it_is: Relevance) -> None:
    def odds(chance: float) -> float:
        return float(np.log(chance / (1 - chance)))

    queries = [asked(odds(0.95), odds(0.35), odds(0.3), relevant=(0,)) for _ in range(10)]
    queries += [asked(odds(0.34), odds(0.33), odds(0.02), relevant=(0, 1)) for _ in range(10)]
    queries += [asked(odds(0.1), odds(0.1), odds(0.1), relevant=()) for _ in range(10)]
    cut_offs = _cut_offs(as_it_is, queries)
    assert cut_offs.least < 0.33
    assert cut_offs.share == 0.4
    assert cut_offs.card["f1"] == 1.0


def test_a_fit_learns_what_speaks_for_photographs(tiny_model: Path, tmp_path: Path) -> None:
    model = Path(shutil.copy(tiny_model, tmp_path / "tiny.safetensors"))
    reader = NumpyTextEncoder(read_model_file(model))
    draw = np.random.default_rng(3)
    words = ("dog", "cat", "beach", "red", "blue", "runs", "sits")
    pairs = [draw.choice(words, 2, replace=False).tolist() for _ in range(200)]
    captions = [[" ".join(pair), " ".join(pair[::-1])] for pair in pairs]
    vectors = draw.normal(size=(200, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    said = [DocumentTerms(stems_of(some), frozenset(), frozenset(), {}) for some in captions]
    photographs = Photographs(np.arange(200), vectors, np.zeros(200, np.float32), said, [None] * 200)
    relevant = np.array([[word in some[0].split() for some in captions] for word in words])
    same = np.array([[set(pair) == set(other) for other in pairs] for pair in pairs[:20]])
    queries = RelevanceJudgements(
        (*words, "zebra", "green", *(second for _, second in captions[:20])),
        np.concatenate([relevant, np.zeros((2, 200), bool), same]),
        np.array([-1] * 9 + list(range(20))),
    )
    # Vectors say nothing here, and captions all.
    relevance = fit(tiny_relevance(model), reader, photographs, captions, queries, np.random.default_rng(0))
    for weights_by_name in (relevance.order, relevance.strength):
        assert min(weights_by_name["proposed_words"], weights_by_name["kept_words"]) > max(
            3.0, abs(weights_by_name["likeness"])
        )
    assert relevance.scale["order"] > 0
    assert relevance.card["f1"] > 0.7
    assert relevance.card["unanswered_and_nothing_shown"] == 1.0
