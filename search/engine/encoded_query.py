"""What a query asks of the models that answer: a vector for each, and the words that say something.

Axis legend: D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.text.out_of_vocabulary import StandIn
from captioning.vocabulary import tokenize
from search.engine.document_terms import QuestionWord, question_words
from search.engine.query_language import Query, Words

Embedding = NDArray[np.float32]

MORE, LESS = 0.3, 0.1
"""How much the mean of wanted and of unwanted photographs is added to and taken from a question's vector; measured in
`benchmarks/search.py`."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Vectors (D,), float32, of photographs, in the space of one model.

    Attributes:
        like: To look like.
        unlike: Not to look like.
        more: Hits of which a person wants more.
        less: Hits of which a person wants less.
        photographs: Numbers of those to look like that the library holds.
    """

    like: tuple[Embedding, ...] = ()
    unlike: tuple[Embedding, ...] = ()
    more: tuple[Embedding, ...] = ()
    less: tuple[Embedding, ...] = ()
    photographs: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the models in use read its words.

    Attributes:
        parts: The words with their weights.
        words: Those that say something.
        unknown_words: Words that the first model does not know and nothing stands in for.
        stand_ins: Words that were read as others.
        known: Whether the model knows a word, or reads one as another; else only texts can say them.
    """

    parts: tuple[Words, ...]
    words: tuple[QuestionWord, ...]
    unknown_words: tuple[str, ...]
    stand_ins: tuple[StandIn, ...]
    known: bool = True

    @property
    def sentence(self) -> str:
        """The words as one sentence."""
        return " ".join(part.text for part in self.parts)


def read_question(parts: Sequence[Words], reader: NumpyTextEncoder) -> Question:
    """Reads words as a model does."""
    sentence = " ".join(part.text for part in parts)
    unseen: Mapping[str, StandIn | None] = reader.stand_ins(sentence)
    unknown = tuple(word for word, found in unseen.items() if found is None)
    known = len(unknown) < len(set(tokenize(sentence)))
    words = question_words(((part.text, part.weight) for part in parts), reader.vocabulary, unseen)
    return Question(tuple(parts), words, unknown, tuple(one for one in unseen.values() if one is not None), known)


def encode_question(question: Question, reader: NumpyTextEncoder) -> Embedding:
    """The unit vector (D,), float32, of a question's words by a model.

    Words that count more or less than others move the sentence's vector towards their own or away from it.
    """
    weighed = [part for part in question.parts if part.weight != 1.0]
    vectors = reader.encode_text([question.sentence, *(part.text for part in weighed)])
    total: Embedding = vectors[0].copy()
    for part, vector in zip(weighed, vectors[1:], strict=True):
        total += np.float32(part.weight - 1.0) * vector
    return _unit(total)


def mixed(words: Embedding | None, examples: Examples) -> Embedding:
    """The unit vector (D,), float32, of words and pictures together, of which there is at least one.

    Words and the mean of the pictures count alike. Hits that a person judged move the vector as Rocchio's formula
    does, "Relevance Feedback in Information Retrieval" (1971).
    """
    total: Embedding | np.float32 = np.float32(0.0)
    for vector, weight in (
        (words, 1.0),
        (_mean(examples.like), 1.0),
        (_mean(examples.unlike), -1.0),
        (_mean(examples.more), MORE),
        (_mean(examples.less), -LESS),
    ):
        if vector is not None:
            total = total + np.float32(weight) * vector
    return _unit(np.asarray(total))


def _mean(vectors: Sequence[Embedding]) -> Embedding | None:
    return _unit(np.mean(vectors, axis=0)) if vectors else None


def _unit(vector: Embedding) -> Embedding:
    unit: Embedding = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
    return unit


def minus_questions(query: Query, reader: NumpyTextEncoder) -> list[Question]:
    """What must not be said or seen, each by itself; words that a model does not know can still be said."""
    return [
        Question((Words(text),), question_words([(text, 1.0)], reader.vocabulary, reader.stand_ins(text)), (), ())
        for text in query.minus
    ]
