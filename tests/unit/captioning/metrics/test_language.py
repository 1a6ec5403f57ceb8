from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from captioning.metrics import MetricInputError, perplexity


def test_hand_computed() -> None:
    # Words of probability 1/2, 1/4 and 1/8: the geometric mean is 1/4, so four words are in play on average.
    assert perplexity(np.log([0.5, 0.25, 0.125])) == pytest.approx(4.0)
    assert perplexity([0.0]) == 1.0


def test_it_is_the_exponential_of_the_mean_cross_entropy() -> None:
    logits = torch.randn(7, 5, generator=torch.Generator().manual_seed(1))
    words = torch.tensor([0, 4, 2, 2, 1, 3, 0])
    log_probs = logits.log_softmax(-1)[torch.arange(7), words]
    assert perplexity(log_probs.numpy()) == pytest.approx(float(F.cross_entropy(logits, words).exp()))


def test_an_impossible_word_makes_it_infinite() -> None:
    assert perplexity([-1.0, -math.inf]) == math.inf
    assert perplexity([-1e6]) == math.inf


@pytest.mark.parametrize(
    ("values", "words"),
    [([], "have no perplexity"), ([[-1.0]], "have no perplexity"), ([-1.0, 0.5], "word 1 is 0.5"), ([math.nan], "nan")],
)
def test_what_is_no_log_probability_is_refused(values: list[float], words: str) -> None:
    with pytest.raises(MetricInputError, match=words):
        perplexity(values)
