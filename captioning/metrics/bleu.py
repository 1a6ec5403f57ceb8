"""BLEU: how many of the candidate's word runs occur in a reference."""

from __future__ import annotations

import math
from collections.abc import Sequence

from captioning.metrics.inputs import Words, check_captions
from captioning.metrics.ngrams import MAX_ORDER, NGram, count_ngrams


def corpus_bleu(
    candidates: Sequence[Words], references: Sequence[Sequence[Words]]
) -> tuple[float, float, float, float]:
    """Computes BLEU-1 to BLEU-4 over the whole corpus.

    ``BLEU-N = BP * (p_1 * ... * p_N) ** (1 / N)``, where ``p_n`` is the modified precision: n-grams of all
    candidates, each counted at most as often as in that reference of its image that has it most often, over
    the n-grams of all candidates. ``BP = min(1, exp(1 - r / c))``, with c the words of all candidates and r
    the sum over images of the reference length closest to the candidate's (of two equally close, the
    shorter).

    Source: Papineni, Roukos, Ward, Zhu, "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL
    2002, sections 2.1 to 2.3, with uniform weights. The reference length is that of the MS COCO caption
    evaluation (Chen et al., "Microsoft COCO Captions", 2015), and so are the results, but for one point: from
    the first order on in which nothing matches, BLEU is exactly 0 here, where small constants in that code
    leave a trace.

    Args:
        candidates: One sentence for each image.
        references: One or more sentences for each image.

    Returns:
        BLEU-1, BLEU-2, BLEU-3 and BLEU-4, each in [0, 1].

    Raises:
        MetricInputError: Nothing to score, lists of unequal length, an image without a reference, or a sentence
            that is still a string.
    """
    check_captions(candidates, references)
    matched = [0] * MAX_ORDER
    proposed = [0] * MAX_ORDER
    candidate_words = reference_words = 0
    for candidate, sentences in zip(candidates, references, strict=True):
        length = len(candidate)
        candidate_words += length
        reference_words += min((abs(len(sentence) - length), len(sentence)) for sentence in sentences)[1]
        for order in range(1, MAX_ORDER + 1):
            proposed[order - 1] += max(0, length - order + 1)
        most = _highest_counts(sentences)
        for ngram, count in count_ngrams(candidate).items():
            matched[len(ngram) - 1] += min(count, most.get(ngram, 0))
    brevity = _brevity_penalty(candidate_words, reference_words)
    bleu_1, bleu_2, bleu_3, bleu_4 = (brevity * mean for mean in _geometric_means(matched, proposed))
    return bleu_1, bleu_2, bleu_3, bleu_4


def _highest_counts(sentences: Sequence[Words]) -> dict[NGram, int]:
    highest: dict[NGram, int] = {}
    for sentence in sentences:
        for ngram, count in count_ngrams(sentence).items():
            if count > highest.get(ngram, 0):
                highest[ngram] = count
    return highest


def _brevity_penalty(candidate_words: int, reference_words: int) -> float:
    if candidate_words == 0:
        return 0.0
    return min(1.0, math.exp(1.0 - reference_words / candidate_words))


def _geometric_means(matched: Sequence[int], proposed: Sequence[int]) -> list[float]:
    """Means of the first 1, 2, ... precisions; 0 from the first order on in which nothing matches."""
    means = []
    product = 1.0
    for order, (hits, total) in enumerate(zip(matched, proposed, strict=True), start=1):
        product *= hits / total if total else 0.0
        means.append(product ** (1.0 / order))
    return means
