from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from pycocoevalcap.cider.cider_scorer import CiderScorer

from captioning.metrics import DocumentFrequency, MetricInputError, cider_d, document_frequency
from tests.unit.captioning.metrics.corpora import Corpus, corpora, split


def test_hand_computed_scores() -> None:
    # Every n-gram is in one of two images or in none, so all weights are count * log 2 and log 2 cancels.
    mean, scores = cider_d(split("a b c d", "e x"), [split("a b c d"), split("e f")])
    # The second shares one of two words: cosine 1/2 in the first order of four, 0 in the others.
    assert scores == pytest.approx([10.0, 10 / 4 * 0.5])
    assert mean == pytest.approx((10.0 + 1.25) / 2)


def test_a_difference_in_length_is_penalised() -> None:
    _, scores = cider_d(split("a b x", "c"), [split("a b"), split("c")])
    cosines = 2 / math.sqrt(3 * 2) + 1 / math.sqrt(2)
    assert scores[0] == pytest.approx(10 / 4 * cosines * math.exp(-1 / (2 * 6**2)))


def test_a_repeated_word_is_clipped() -> None:
    # Weights of the words: candidate (a: 3), reference (a: 1, b: 1).
    _, scores = cider_d(split("a a a", "c"), [split("a b"), split("c")])
    assert scores[0] == pytest.approx(10 / 4 * 1 / (3 * math.sqrt(2)) * math.exp(-1 / 72))


def test_is_the_mean_over_references() -> None:
    _, scores = cider_d(split("a", "c"), [split("a", "b"), split("c")])
    assert scores[0] == pytest.approx(10 / 4 / 2)


def test_a_word_in_every_image_says_nothing() -> None:
    assert cider_d(split("a", "a"), [split("a"), split("a")]) == (0.0, [0.0, 0.0])


def test_a_single_image_scores_zero() -> None:
    assert cider_d(split("a b"), [split("a b")]) == (0.0, [0.0])


def test_frequencies_count_images_and_not_sentences() -> None:
    frequency = document_frequency([split("a b", "a c"), split("a")])
    assert frequency.images == 2
    assert frequency.counts == {("a",): 2, ("b",): 1, ("c",): 1, ("a", "b"): 1, ("a", "c"): 1}
    assert frequency.rarity(("a",)) == 0.0
    assert frequency.rarity(("b",)) == frequency.rarity(("never", "seen")) == pytest.approx(math.log(2))


def test_frequencies_of_another_corpus_weigh_a_single_image() -> None:
    frequency = DocumentFrequency(images=100, counts={("a",): 100, ("b",): 10})
    mean, _ = cider_d(split("b x"), [split("a b")], frequency=frequency)
    # Weights of the words: candidate (b: log 10, x: log 100), reference (a: 0, b: log 10); no bigram shared.
    assert mean == pytest.approx(10 / 4 * 1 / math.sqrt(1 + 4))


def test_frequencies_need_an_image() -> None:
    with pytest.raises(MetricInputError, match="A corpus of 0 images has no frequencies"):
        DocumentFrequency(images=0, counts={})


@settings(deadline=None, max_examples=100)
@given(corpora(min_images=2))
def test_own_frequencies_are_the_default(corpus: Corpus) -> None:
    assert cider_d(*corpus) == cider_d(*corpus, frequency=document_frequency(corpus[1]))


@settings(deadline=None, max_examples=200)
@given(corpora())
def test_agrees_with_the_coco_caption_evaluation(corpus: Corpus) -> None:
    scorer = CiderScorer(n=4, sigma=6.0)
    for candidate, references in zip(*corpus, strict=True):
        scorer += (" ".join(candidate), [" ".join(reference) for reference in references])
    expected_mean, expected = scorer.compute_score()
    mean, scores = cider_d(*corpus)
    assert scores == pytest.approx(expected.tolist(), abs=1e-6)
    assert mean == pytest.approx(float(expected_mean), abs=1e-6)
