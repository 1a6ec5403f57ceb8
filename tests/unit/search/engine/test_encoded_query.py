"""What a query asks of a model: weights and judged hits move vectors by hand-computed amounts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from search.engine.answering_model import AnsweringModel
from search.engine.encoded_query import LESS, MORE, EncodedQuery, Examples, encode_query, mix
from search.engine.query import Query, WeightedText
from search.engine.query_language import parse
from search.errors import EmptyQueryError


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> AnsweringModel:
    return AnsweringModel.load(tiny_model)


def encode(text: str, model: AnsweringModel) -> tuple[EncodedQuery, NDArray[np.float32]]:
    """A query's words, and their embedding by one model."""
    words = encode_query(parse(text), [model])
    return words, words.embeddings[model.identity.id]


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array(values, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def test_words_are_read_as_a_model_reads_them(model: AnsweringModel) -> None:
    words, _ = encode("the feline xqzzy beach:2", model)
    assert words.unknown_words == ("xqzzy",)
    assert [substitute.known for substitute in words.substitutes] == [("cat",)]
    assert words.known
    assert [term.word for term in words.terms] == ["feline", "xqzzy", "beach"]
    assert not encode("xqzzy", model)[0].known


def test_a_query_without_a_word_is_refused(model: AnsweringModel) -> None:
    with pytest.raises(EmptyQueryError, match="the query holds no word"):
        encode_query(Query((WeightedText("?!..."),)), [model])


def test_equal_weights_are_the_sentence_itself(model: AnsweringModel) -> None:
    _, embedding = encode("a dog on the beach", model)
    np.testing.assert_allclose(embedding, model.text_encoder.encode_text(["a dog on the beach"])[0], atol=1e-6)


@pytest.mark.parametrize("weight", [0.0, 0.5, 3.0])
def test_a_weight_moves_the_sentence_towards_the_word_or_away(model: AnsweringModel, weight: float) -> None:
    whole, beach = model.text_encoder.encode_text(["dog beach", "beach"])
    expected = whole + (weight - 1) * beach
    _, embedding = encode(f"dog beach:{weight}", model)
    np.testing.assert_allclose(embedding, expected / np.linalg.norm(expected), atol=1e-5)


def test_words_and_pictures_count_alike() -> None:
    words, picture, other = unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1)
    np.testing.assert_allclose(mix(words, Examples(like=(picture,))), unit(1, 1, 0), atol=1e-6)
    np.testing.assert_allclose(mix(None, Examples(like=(picture, other))), unit(0, 1, 1), atol=1e-6)
    np.testing.assert_allclose(mix(words, Examples(unlike=(picture,))), unit(1, -1, 0), atol=1e-6)


def test_judged_hits_move_the_vector_as_rocchio_says() -> None:
    words, one, other, bad = unit(1, 0, 0, 0), unit(0, 1, 0, 0), unit(0, 0, 1, 0), unit(0, 0, 0, 1)
    found = mix(words, Examples(more=(one, other), less=(bad,)))
    half = 0.5**0.5
    np.testing.assert_allclose(found, unit(1, MORE * half, MORE * half, -LESS), atol=1e-6)


def test_what_must_not_be_shown_is_asked_by_itself(model: AnsweringModel) -> None:
    words, _ = encode('dog -"red beach" -xqzzy', model)
    first, second = words.excluded[model.identity.id]
    assert first.embedding is not None
    assert second.embedding is None
    np.testing.assert_allclose(first.embedding, model.text_encoder.encode_text(["red beach"])[0], atol=1e-6)
    assert [term.word for term in first.terms] == ["red", "beach"]
    assert [term.expansion for term in second.terms] == [("xqzzy",)]
