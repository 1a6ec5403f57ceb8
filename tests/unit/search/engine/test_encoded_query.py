"""What a query asks of a model: weights and judged hits move vectors by hand-computed amounts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.model_file import read_model_file
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from search.engine.encoded_query import LESS, MORE, Examples, encode_question, minus_questions, mixed, read_question
from search.engine.query_language import Words, parse


@pytest.fixture(scope="module")
def reader(tiny_model: Path) -> NumpyTextEncoder:
    return NumpyTextEncoder(read_model_file(tiny_model))


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array(values, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def test_words_are_read_as_a_model_reads_them(reader: NumpyTextEncoder) -> None:
    question = read_question(parse("the feline xqzzy beach:2").words, reader)
    assert question.sentence == "the feline xqzzy beach"
    assert question.unknown_words == ("xqzzy",)
    assert [one.known for one in question.stand_ins] == [("cat",)]
    assert question.known
    assert [one.word for one in question.words] == ["feline", "xqzzy", "beach"]
    assert not read_question((Words("xqzzy"),), reader).known


def test_equal_weights_are_the_sentence_itself(reader: NumpyTextEncoder) -> None:
    question = read_question(parse("a dog on the beach").words, reader)
    np.testing.assert_allclose(
        encode_question(question, reader), reader.encode_text(["a dog on the beach"])[0], atol=1e-6
    )


@pytest.mark.parametrize("weight", [0.0, 0.5, 3.0])
def test_a_weight_moves_the_sentence_towards_the_word_or_away(reader: NumpyTextEncoder, weight: float) -> None:
    question = read_question(parse(f"dog beach:{weight}").words, reader)
    whole, beach = reader.encode_text(["dog beach", "beach"])
    expected = whole + (weight - 1) * beach
    np.testing.assert_allclose(encode_question(question, reader), expected / np.linalg.norm(expected), atol=1e-5)


def test_words_and_pictures_count_alike() -> None:
    words, one, other = unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1)
    np.testing.assert_allclose(mixed(words, Examples(like=(one,))), unit(1, 1, 0), atol=1e-6)
    np.testing.assert_allclose(mixed(None, Examples(like=(one, other))), unit(0, 1, 1), atol=1e-6)
    np.testing.assert_allclose(mixed(words, Examples(unlike=(one,))), unit(1, -1, 0), atol=1e-6)


def test_judged_hits_move_the_vector_as_rocchio_says() -> None:
    words, one, other, bad = unit(1, 0, 0, 0), unit(0, 1, 0, 0), unit(0, 0, 1, 0), unit(0, 0, 0, 1)
    found = mixed(words, Examples(more=(one, other), less=(bad,)))
    half = 0.5**0.5
    np.testing.assert_allclose(found, unit(1, MORE * half, MORE * half, -LESS), atol=1e-6)


def test_what_must_not_be_shown_is_asked_by_itself(reader: NumpyTextEncoder) -> None:
    first, second = minus_questions(parse('dog -"red beach" -xqzzy'), reader)
    assert first.sentence == "red beach"
    assert [one.word for one in first.words] == ["red", "beach"]
    assert [one.read for one in second.words] == [("xqzzy",)]
