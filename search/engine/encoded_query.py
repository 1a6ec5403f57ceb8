"""What a query asks of the models that answer: an embedding for each, and the terms that texts are searched for.

Axis legend: D joint size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.text.out_of_vocabulary import Substitute
from index_data.catalogue.search_words import asked_words, folded
from search.engine.answering_model import AnsweringModel
from search.engine.document_terms import QueryTerm, query_terms
from search.engine.query import Query, WeightedText
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
        embedding: Unit vector (D,), float32; none where only texts can contain its words.
        terms: Its words that carry meaning.
    """

    embedding: Embedding | None
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


def encode_query(query: Query, models: Sequence[AnsweringModel], *, said: Collection[str] = ()) -> EncodedQuery:
    """Encodes the words of a query by each of the models that answer; the first one says which words are known.

    Args:
        query: It has words.
        models: The first is the one in use.
        said: Those of the query's `strange_words` that the library's texts contain; nothing is read instead of them.

    Raises:
        EmptyQueryError: The query holds no word.
    """
    words = set(asked_words(query.sentence))
    if not words:
        raise EmptyQueryError("the query holds no word; describe the picture, such as: a dog on a beach")
    readers = [_Reader(model.text_encoder, frozenset(said)) for model in models]
    substitutes = readers[0].substitutes(query.sentence)
    unknown = tuple(word for word, substitute in substitutes.items() if substitute is None)
    return EncodedQuery(
        readers[0].terms((part.text, part.weight) for part in query.words),
        unknown,
        tuple(substitute for substitute in substitutes.values() if substitute is not None),
        len(unknown) < len(words),
        {reader.encoder.identity.id: reader.encode(query.words) for reader in readers},
        {
            reader.encoder.identity.id: tuple(reader.read(WeightedText(text)) for text in query.minus)
            for reader in readers
        },
    )


def strange_words(query: Query, model: AnsweringModel) -> list[str]:
    """The words of a query, also of its exclusions, that a model never learnt."""
    text = " ".join((query.sentence, *query.minus))
    return [word for word in dict.fromkeys(asked_words(text)) if _learnt(word, model.text_encoder) is None]


def read_terms(text: str, encoder: NumpyTextEncoder) -> tuple[QueryTerm, ...]:
    """The words of a text that carry meaning, as a query's are read."""
    return _Reader(encoder).terms([(text, 1.0)])


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads texts by one encoder; words that are said in the library are nothing but themselves."""

    encoder: NumpyTextEncoder
    said: frozenset[str] = frozenset()

    def substitutes(self, text: str) -> dict[str, Substitute | None]:
        """What is read instead of each word that the model never learnt."""
        strange = [word for word in dict.fromkeys(asked_words(text)) if _learnt(word, self.encoder) is None]
        return {word: None if word in self.said else self.encoder.substitutes(word).get(word) for word in strange}

    def terms(self, parts: Iterable[tuple[str, float]]) -> tuple[QueryTerm, ...]:
        parts = list(parts)
        return query_terms(parts, self.encoder.vocabulary, self.substitutes(" ".join(text for text, _ in parts)))

    def read(self, part: WeightedText) -> EncodedText:
        substitutes = self.substitutes(part.text)
        strange = {word for word, substitute in substitutes.items() if substitute is None}
        embedding = None if strange.issuperset(asked_words(part.text)) else self.encode([part])
        return EncodedText(embedding, self.terms([(part.text, 1.0)]))

    def encode(self, parts: Sequence[WeightedText]) -> Embedding:
        """The unit vector (D,), float32, of texts as one sentence.

        Texts that count more or less than others move the sentence's vector towards their own or away from it.
        """
        weighted = [part for part in parts if part.weight != 1.0]
        sentence = " ".join(part.text for part in parts)
        vectors = self.encoder.encode_text([self._learnt(text) for text in (sentence, *(p.text for p in weighted))])
        total: Embedding = vectors[0].copy()
        for part, vector in zip(weighted, vectors[1:], strict=True):
            total += np.float32(part.weight - 1.0) * vector
        return _unit(total)

    def _learnt(self, text: str) -> str:
        """A text in the forms that the model learnt, without the words that are only the library's."""
        words = (_learnt(word, self.encoder) or word for word in asked_words(text) if word not in self.said)
        return " ".join(words)


def _learnt(word: str, encoder: NumpyTextEncoder) -> str | None:
    """The form of a word that the model learnt, be it without its accents."""
    return next((form for form in (word, folded(word)) if form in encoder.vocabulary), None)


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
