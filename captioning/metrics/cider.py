"""CIDEr-D: how much a candidate says what people agree on, rare word runs counting most."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from captioning.metrics.inputs import MetricInputError, Words, check_captions, check_references
from captioning.metrics.ngrams import MAX_ORDER, NGram, count_ngrams

SIGMA = 6.0
"""Standard deviation, in words, of the penalty on a difference in length."""

SCALE = 10.0
"""The score of a candidate that equals its only reference, provided each order of n-grams has some weight."""


@dataclass(frozen=True, slots=True)
class DocumentFrequency:
    """How common each word run is among the images of a corpus.

    Attributes:
        images: How many images the corpus has.
        counts: For each n-gram the number of images that have it in one reference or more.
    """

    images: int
    counts: Mapping[NGram, int]

    def __post_init__(self) -> None:
        if self.images < 1:
            raise MetricInputError(f"A corpus of {self.images} images has no frequencies; give one image or more.")

    def rarity(self, ngram: NGram) -> float:
        """The n-gram's idf, ``log(images / max(1, count))``, at least 0."""
        return math.log(self.images / max(1, self.counts.get(ngram, 0)))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A sentence as tf-idf weights, with the squared norm of each order's weights."""

    weights: Mapping[NGram, float]
    squares: Sequence[float]
    length: int


@dataclass(frozen=True, slots=True)
class _References:
    """The sentences of one image, by word run: which of them have it, each with its weight there."""

    holders: Mapping[NGram, Sequence[tuple[int, float]]]
    squares: Sequence[Sequence[float]]
    lengths: Sequence[int]


def document_frequency(references: Sequence[Sequence[Words]]) -> DocumentFrequency:
    """Counts in how many images each word run occurs.

    Args:
        references: One or more sentences for each image.

    Returns:
        The frequencies, to be given to `cider_d` where the corpus is not the one being scored.

    Raises:
        MetricInputError: No image, an image without a reference, or a sentence that is still a string.
    """
    check_references(references)
    return _frequency([[count_ngrams(sentence) for sentence in sentences] for sentences in references])


def cider_d(
    candidates: Sequence[Words],
    references: Sequence[Sequence[Words]],
    *,
    frequency: DocumentFrequency | None = None,
) -> tuple[float, list[float]]:
    """Computes CIDEr-D, on its usual scale of 0 to 10.

    For one candidate c with m references s_j, over the orders n = 1 to 4::

        CIDEr-D   = (1 / 4) * sum_n CIDEr-D_n
        CIDEr-D_n = (10 / m) * sum_j exp(-(|c| - |s_j|)**2 / (2 * sigma**2))
                    * min(g_n(c), g_n(s_j)) . g_n(s_j) / (||g_n(c)|| * ||g_n(s_j)||)

    with sigma = `SIGMA` and ``g_n`` the vector of weights ``count * log(images / max(1, images that have
    it))``. An order in which either sentence has no weight counts 0.

    Source: Vedantam, Zitnick, Parikh, "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015:
    equations 1 to 3 and the variant CIDEr-D. As in the MS COCO caption evaluation, term frequencies are
    counts, not shares.

    The frequencies come from the references themselves unless others are given. Over a single image every
    weight, and so the score, is 0.

    Args:
        candidates: One sentence for each image.
        references: One or more sentences for each image.
        frequency: Frequencies of another corpus, such as the training set's.

    Returns:
        The mean over images and the score of each image, all in [0, 10].

    Raises:
        MetricInputError: Nothing to score, lists of unequal length, an image without a reference, or a sentence
            that is still a string.
    """
    check_captions(candidates, references)
    consensus = Consensus(references, frequency=frequency)
    scores = [consensus.score(image, candidate) for image, candidate in enumerate(candidates)]
    return math.fsum(scores) / len(scores), scores


class Consensus:
    """The references of a corpus, each image's weighed once, to score any number of candidates against."""

    def __init__(self, references: Sequence[Sequence[Words]], *, frequency: DocumentFrequency | None = None) -> None:
        """Takes one or more sentences for each image, and frequencies of another corpus if there is one.

        Raises:
            MetricInputError: No image, an image without a reference, or a sentence that is still a string.
        """
        self._frequency = frequency or document_frequency(references)
        if frequency:
            check_references(references)
        self._rarities: dict[NGram, float] = {}
        self._sentences = references
        self._weighed: dict[int, _References] = {}

    def score(self, image: int, candidate: Words) -> float:
        """CIDEr-D of one candidate against the references of the image at that position, as `cider_d` defines it."""
        references = self._weighed.get(image)
        if references is None:
            references = self._weighed[image] = self._references(self._sentences[image])
        proposed = self._weigh(count_ngrams(candidate), len(candidate))
        return SCALE * sum(_similarities(proposed, references)) / len(references.lengths)

    def _references(self, sentences: Sequence[Words]) -> _References:
        weighed = [self._weigh(count_ngrams(sentence), len(sentence)) for sentence in sentences]
        holders: dict[NGram, list[tuple[int, float]]] = {}
        for position, reference in enumerate(weighed):
            for ngram, weight in reference.weights.items():
                if weight:
                    holders.setdefault(ngram, []).append((position, weight))
        return _References(holders, [each.squares for each in weighed], [each.length for each in weighed])

    def _weigh(self, counts: Counter[NGram], length: int) -> _Weighed:
        """Turns counts into tf-idf weights; each logarithm is taken once a corpus."""
        weights = {}
        squares = [0.0] * MAX_ORDER
        for ngram, count in counts.items():
            rarity = self._rarities.get(ngram)
            if rarity is None:
                rarity = self._rarities[ngram] = self._frequency.rarity(ngram)
            weight = count * rarity
            weights[ngram] = weight
            squares[len(ngram) - 1] += weight * weight
        return _Weighed(weights, squares, length)


def _frequency(counted: Sequence[Sequence[Counter[NGram]]]) -> DocumentFrequency:
    counts: Counter[NGram] = Counter()
    for sentences in counted:
        counts.update(set().union(*sentences))
    return DocumentFrequency(len(counted), counts)


def _similarities(candidate: _Weighed, references: _References) -> Iterator[float]:
    """For each reference the mean over orders of clipped cosine times length penalty, in [0, 1]."""
    products = [[0.0] * MAX_ORDER for _ in references.lengths]
    for ngram, weight in candidate.weights.items():
        for position, other in references.holders.get(ngram, ()):
            products[position][len(ngram) - 1] += min(weight, other) * other
    for mine, squares, length in zip(products, references.squares, references.lengths, strict=True):
        cosine = sum(
            product / math.sqrt(ours * theirs)
            for product, ours, theirs in zip(mine, candidate.squares, squares, strict=True)
            if product
        )
        yield cosine / MAX_ORDER * math.exp(-((candidate.length - length) ** 2) / (2 * SIGMA**2))
