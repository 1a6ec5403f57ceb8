from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from captioning.errors import CaptioningError
from captioning.metrics import (
    MetricInputError,
    cider_d,
    corpus_bleu,
    document_frequency,
    meteor_exact,
    rouge_l,
)

MEASURES = [corpus_bleu, rouge_l, cider_d, meteor_exact]


@pytest.mark.parametrize("measure", MEASURES)
class TestEveryCaptionMeasure:
    def test_refuses_an_empty_corpus(self, measure: Callable[..., Any]) -> None:
        with pytest.raises(MetricInputError, match="There are no captions to score; give one"):
            measure([], [])

    def test_refuses_lists_of_unequal_length(self, measure: Callable[..., Any]) -> None:
        with pytest.raises(MetricInputError, match="There are 2 candidates but references for 1 images"):
            measure([["a"], ["b"]], [[["a"]]])

    def test_refuses_an_image_without_a_reference(self, measure: Callable[..., Any]) -> None:
        with pytest.raises(MetricInputError, match="Image 1 has no reference caption"):
            measure([["a"], ["b"]], [[["a"]], []])

    def test_refuses_a_candidate_that_is_not_split(self, measure: Callable[..., Any]) -> None:
        with pytest.raises(MetricInputError, match="Candidate 0 is a string; split it into words first"):
            measure(["a dog"], [[["a"]]])

    def test_refuses_a_reference_that_is_not_split(self, measure: Callable[..., Any]) -> None:
        with pytest.raises(MetricInputError, match="A reference of image 0 is a string; split it"):
            measure([["a"]], [["a dog"]])

    def test_scores_an_empty_candidate_zero(self, measure: Callable[..., Any]) -> None:
        assert flat(measure([[], []], [[["a", "b"]], [["c"]]])) == {0.0}

    def test_survives_an_empty_reference(self, measure: Callable[..., Any]) -> None:
        assert all(0.0 <= score <= 10.0 for score in flat(measure([["a"], []], [[[], ["a"]], [[]]])))

    def test_leaves_its_inputs_alone(self, measure: Callable[..., Any]) -> None:
        candidates, references = [["a", "b"], ["c"]], [[["a", "c"]], [["c"], ["b"]]]
        measure(candidates, references)
        assert (candidates, references) == ([["a", "b"], ["c"]], [[["a", "c"]], [["c"], ["b"]]])


def flat(result: Any) -> set[float]:
    if isinstance(result, float):
        return {result}
    return {score for part in result for score in flat(part)}


def test_document_frequency_refuses_an_empty_corpus() -> None:
    with pytest.raises(MetricInputError, match="There are no captions to score"):
        document_frequency([])


def test_the_error_belongs_to_the_package() -> None:
    assert issubclass(MetricInputError, CaptioningError)
