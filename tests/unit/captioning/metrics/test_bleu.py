from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from pycocoevalcap.bleu.bleu_scorer import BleuScorer

from captioning.metrics import corpus_bleu
from tests.unit.captioning.metrics.corpora import Corpus, corpora, split


def test_clips_a_repeated_word_as_in_the_paper() -> None:
    references = [split("the cat is on the mat", "there is a cat on the mat")]
    assert corpus_bleu(split("the the the the the the the"), references) == pytest.approx((2 / 7, 0, 0, 0))


def test_a_perfect_candidate_scores_one_in_every_order() -> None:
    assert corpus_bleu(split("a dog runs fast"), [split("a cat", "a dog runs fast")]) == pytest.approx((1,) * 4)


def test_orders_are_geometric_means_of_the_precisions() -> None:
    # Matched over proposed: 4/5, 2/4, 1/3, 0/2; as long as the reference, so no penalty.
    scores = corpus_bleu(split("a b c x d"), [split("a b c d e")])
    assert scores == pytest.approx((4 / 5, math.sqrt(4 / 5 * 2 / 4), (4 / 5 * 2 / 4 * 1 / 3) ** (1 / 3), 0))


def test_a_short_candidate_is_penalised() -> None:
    assert corpus_bleu(split("a b"), [split("a b c d")])[0] == pytest.approx(math.exp(1 - 4 / 2))


def test_the_closest_reference_length_counts_and_of_two_the_shorter() -> None:
    assert corpus_bleu(split("a b c"), [split("a b c d", "a b")])[0] == 1.0
    assert corpus_bleu(split("a b c"), [split("a b c d", "a b c d e f")])[0] == pytest.approx(math.exp(1 - 4 / 3))


def test_counts_are_summed_over_the_corpus_before_dividing() -> None:
    # 1 of 1 and 1 of 3 words make 2 of 4, not the mean of the two.
    assert corpus_bleu(split("a", "a x y"), [split("a"), split("a b c")])[0] == pytest.approx(2 / 4)


@settings(deadline=None, max_examples=200)
@given(corpora())
def test_agrees_with_the_coco_caption_evaluation(corpus: Corpus) -> None:
    scorer = BleuScorer(n=4)
    for candidate, references in zip(*corpus, strict=True):
        scorer += (" ".join(candidate), [" ".join(reference) for reference in references])
    expected, _ = scorer.compute_score(option="closest")
    for ours, theirs in zip(corpus_bleu(*corpus), expected, strict=True):
        # Where nothing matches, theirs is the trace that its small constants leave.
        assert ours == pytest.approx(theirs, abs=1e-6) or (ours == 0.0 and theirs < 0.04)
