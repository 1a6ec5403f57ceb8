"""Perplexity: how many words the writer hesitates between, on average, before each word that people wrote."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from captioning.metrics.inputs import MetricInputError


def perplexity(log_probs: ArrayLike) -> float:
    """Computes ``exp(-1 / N * sum_t log p(y_t | y_<t, I))`` over all N words of all sentences.

    Source: Jelinek, Mercer, Bahl, Baker, "Perplexity, a Measure of the Difficulty of Speech Recognition Tasks",
    1977; per word and with natural logarithms, as in Vinyals et al., "Show and Tell", 2015, section 4.2.

    Args:
        log_probs: Shape (N,), natural log-probability of each word, the sentences' ends among them.

    Returns:
        The perplexity, 1 or more; infinite where a word was held to be impossible.

    Raises:
        MetricInputError: There is no word, or a value is no log-probability.
    """
    values = np.asarray(log_probs, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise MetricInputError(f"Log-probabilities of shape {values.shape} have no perplexity; give one for each word.")
    # Written so that a value that is not a number is wrong, too.
    wrong = np.flatnonzero(~(values <= 0))
    if len(wrong):
        raise MetricInputError(f"The log-probability of word {wrong[0]} is {values[wrong[0]]}; it must not be above 0.")
    with np.errstate(over="ignore"):
        return float(np.exp(-values.mean()))
