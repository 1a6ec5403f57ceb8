from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from pycocoevalcap.rouge.rouge import Rouge

from captioning.metrics import rouge_l
from captioning.metrics.rouge import longest_common_subsequence
from tests.unit.captioning.metrics.corpora import Corpus, Sentence, corpora, sentences, split


def test_scores_the_example_of_the_paper() -> None:
    reference = [split("police killed the gunman")]
    assert rouge_l(split("police kill the gunman"), reference) == pytest.approx(3 / 4)
    assert rouge_l(split("the gunman kill police"), reference) == pytest.approx(2 / 4)


def test_weighs_recall_by_beta() -> None:
    # P = 1, R = 1/2: (1 + 1.44) * 0.5 / (0.5 + 1.44)
    assert rouge_l(split("a b"), [split("a x b y")]) == pytest.approx(1.22 / 1.94)


def test_precision_and_recall_may_come_from_different_references() -> None:
    # P = 2/2 from the first, R = 1/1 from the second.
    assert rouge_l(split("a b"), [split("a b c d", "a")]) == pytest.approx(1.0)


def test_is_the_mean_over_images() -> None:
    assert rouge_l(split("a", "b"), [split("a"), split("c")]) == pytest.approx(0.5)


@settings(deadline=None, max_examples=200)
@given(sentences, sentences)
def test_subsequence_length_agrees_with_its_definition(first: Sentence, second: Sentence) -> None:
    @cache
    def longest(i: int, j: int) -> int:
        if i == len(first) or j == len(second):
            return 0
        together = longest(i + 1, j + 1) + 1 if first[i] == second[j] else 0
        return max(together, longest(i + 1, j), longest(i, j + 1))

    assert longest_common_subsequence(first, second) == longest(0, 0)


@settings(deadline=None, max_examples=200)
@given(corpora())
def test_agrees_with_the_coco_caption_evaluation(corpus: Corpus) -> None:
    candidates, references = corpus
    expected, _ = Rouge().compute_score(
        {image: [" ".join(words) for words in sentences] for image, sentences in enumerate(references)},
        {image: [" ".join(words)] for image, words in enumerate(candidates)},
    )
    assert rouge_l(candidates, references) == pytest.approx(float(expected), abs=1e-6)
