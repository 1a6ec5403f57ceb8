"""What a query asks of the models that answer: an embedding for each, and the terms that texts are searched for.

Axis legend: D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.text.out_of_vocabulary import Substitute
from captioning.vocabulary import tokenize
from search.engine.answering_model import AnsweringModel
from search.engine.document_terms import QueryTerm, query_terms
from search.engine.query_language import Query, WeightedText
from search.errors import EmptyQueryError

Embedding = NDArray[np.float32]

MORE, LESS = 0.3, 0.1
"""How much the mean of wanted and of unwanted photographs is added to and taken from a query's embedding; measured in
`benchmarks/search.py`."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Vectors (D,), float32, of unit norm, of photographs in the space of one model.

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
class EncodedText:
    """A text as one model reads it.

    Attributes:
        embedding: Unit vector (D,), float32.
        terms: Its words that carry meaning.
    """

    embedding: Embedding
    terms: tuple[QueryTerm, ...]


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """The words of a query as the models that answer read them.

    Attributes:
        terms: Words that carry meaning.
        unknown_words: Words that the first model does not know and nothing substitutes.
        substitutes: Words that were read as others.
        known: Whether the first model knows a word, or reads one as another; else only texts can contain them.
        embeddings: Unit vector (D,), float32, of the words, by the model's id.
        excluded: What a minus excludes, by the model's id.
    """

    terms: tuple[QueryTerm, ...]
    unknown_words: tuple[str, ...]
    substitutes: tuple[Substitute, ...]
    known: bool
    embeddings: Mapping[str, Embedding]
    excluded: Mapping[str, tuple[EncodedText, ...]] = field(default_factory=dict)


def encode_query(query: Query, models: Sequence[AnsweringModel]) -> EncodedQuery:
    """Encodes the words of a query by each of the models that answer; the first one says which words are known.

    Raises:
        EmptyQueryError: The query holds no word.
    """
    words = set(tokenize(query.sentence))
    if not words:
        raise EmptyQueryError("the query holds no word; describe the picture, such as: a dog on a beach")
    encoder = models[0].text_encoder
    substitutes: Mapping[str, Substitute | None] = encoder.substitutes(query.sentence)
    unknown = tuple(word for word, substitute in substitutes.items() if substitute is None)
    return EncodedQuery(
        query_terms(((part.text, part.weight) for part in query.words), encoder.vocabulary, substitutes),
        unknown,
        tuple(substitute for substitute in substitutes.values() if substitute is not None),
        len(unknown) < len(words),
        {model.identity.id: _encode(query.words, model.text_encoder) for model in models},
        {model.identity.id: tuple(_encode_text(text, model.text_encoder) for text in query.minus) for model in models},
    )


def read_terms(text: str, encoder: NumpyTextEncoder) -> tuple[QueryTerm, ...]:
    """The words of a text that carry meaning, as a query's are read."""
    substitutes: Mapping[str, Substitute | None] = encoder.substitutes(text)
    return query_terms([(text, 1.0)], encoder.vocabulary, substitutes)


def _encode_text(text: str, encoder: NumpyTextEncoder) -> EncodedText:
    return EncodedText(_encode([WeightedText(text)], encoder), read_terms(text, encoder))


def _encode(parts: Sequence[WeightedText], encoder: NumpyTextEncoder) -> Embedding:
    """The unit vector (D,), float32, of texts as one sentence.

    Texts that count more or less than others move the sentence's vector towards their own or away from it.
    """
    weighted = [part for part in parts if part.weight != 1.0]
    vectors = encoder.encode_text([" ".join(part.text for part in parts), *(part.text for part in weighted)])
    total: Embedding = vectors[0].copy()
    for part, vector in zip(weighted, vectors[1:], strict=True):
        total += np.float32(part.weight - 1.0) * vector
    return _unit(total)


def mix(words: Embedding | None, examples: Examples) -> Embedding:
    """Mixes words and pictures, of which there is at least one, into one unit vector (D,), float32.

    Words and the mean of the pictures count alike. Hits that a person judged move the vector as Rocchio's formula
    does, "Relevance Feedback in Information Retrieval" (1971).

    Args:
        words: Unit vector (D,), float32, of a query's words, if it has any.
        examples: Pictures to look like and not to look like.
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
