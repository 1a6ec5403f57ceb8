"""The field's measures of captions, words, retrieval, keywords and confidence, in pure Python and NumPy.

Captions come in as words, not as strings: whoever calls decides once how a sentence is split, and every
measure sees the same words. Every result is a fraction in [0, 1], to be printed as a percentage, with four
exceptions: CIDEr-D lies in [0, 10], `rsum` in [0, 6], a perplexity is 1 or more, and a median rank counts from 1.
"""

from captioning.metrics.bleu import corpus_bleu
from captioning.metrics.calibration import Reliability, expected_calibration_error, reliability
from captioning.metrics.cider import Consensus, DocumentFrequency, cider_d, document_frequency
from captioning.metrics.inputs import MetricInputError
from captioning.metrics.keywords import KeywordScores, keyword_scores
from captioning.metrics.language import perplexity
from captioning.metrics.meteor import meteor_exact
from captioning.metrics.retrieval import (
    RetrievalScores,
    caption_ranks,
    caption_retrieval,
    image_ranks,
    image_retrieval,
    recall_at_k,
    rsum,
)
from captioning.metrics.rouge import rouge_l

__all__ = [
    "Consensus",
    "DocumentFrequency",
    "KeywordScores",
    "MetricInputError",
    "Reliability",
    "RetrievalScores",
    "caption_ranks",
    "caption_retrieval",
    "cider_d",
    "corpus_bleu",
    "document_frequency",
    "expected_calibration_error",
    "image_ranks",
    "image_retrieval",
    "keyword_scores",
    "meteor_exact",
    "perplexity",
    "recall_at_k",
    "reliability",
    "rouge_l",
    "rsum",
]
