"""ROUGE-L: the longest run of words, gaps allowed, that candidate and reference share."""

from __future__ import annotations

from collections.abc import Sequence

from captioning.metrics.inputs import Words, check_captions

BETA = 1.2
"""How much recall weighs against precision, as in the MS COCO caption evaluation."""


def rouge_l(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
    """Computes the mean ROUGE-L of the candidates.

    ``F = (1 + b**2) * R * P / (R + b**2 * P)`` with ``b`` = `BETA`, ``P = max_j LCS(c, s_j) / |c|`` and ``R =
    max_j LCS(c, s_j) / |s_j|`` over the references ``s_j`` of the image; LCS is the length of the longest
    common subsequence. F is 0 where nothing is shared or the candidate is empty.

    Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004, section 3.1, equations 2 to
    4. With several references the best precision and the best recall may come from different ones, as in the
    MS COCO caption evaluation (Chen et al., "Microsoft COCO Captions", 2015).

    Args:
        candidates: One sentence for each image.
        references: One or more sentences for each image.

    Returns:
        The mean over images, in [0, 1].

    Raises:
        MetricInputError: Nothing to score, lists of unequal length, an image without a reference, or a sentence
            that is still a string.
    """
    check_captions(candidates, references)
    total = sum(map(_sentence_score, candidates, references))
    return total / len(candidates)


def _sentence_score(candidate: Words, sentences: Sequence[Words]) -> float:
    precision = recall = 0.0
    for sentence in sentences:
        shared = longest_common_subsequence(candidate, sentence)
        if shared:
            precision = max(precision, shared / len(candidate))
            recall = max(recall, shared / len(sentence))
    if precision == 0.0:
        return 0.0
    return (1 + BETA**2) * recall * precision / (recall + BETA**2 * precision)


def longest_common_subsequence(first: Words, second: Words) -> int:
    """Finds the length of the longest common subsequence, one row of the table at a time.

    Args:
        first: Words in order.
        second: Words in order.

    Returns:
        How many words the two share in the same order, gaps allowed.
    """
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for column, other in enumerate(second, start=1):
            above = row[column]
            if word == other:
                row[column] = diagonal + 1
            elif row[column - 1] > above:
                row[column] = row[column - 1]
            diagonal = above
    return row[-1]
