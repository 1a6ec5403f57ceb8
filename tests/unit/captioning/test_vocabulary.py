from __future__ import annotations

import pytest

from captioning.errors import ConfigurationError
from captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary, tokenize


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("A dog, running!", ["a", "dog", "running"]),
        ("The man's hat", ["the", "man's", "hat"]),
        ("the man\N{RIGHT SINGLE QUOTATION MARK}s hat", ["the", "man's", "hat"]),
        ("T-shirt 42_x", ["t", "shirt", "42", "x"]),
        ("Ünïcode köpek", ["ünïcode", "köpek"]),
        (" ?! ", []),
    ],
)
def test_tokenize(sentence: str, words: list[str]) -> None:
    assert tokenize(sentence) == words


def test_words_are_counted_and_ordered_by_frequency_then_alphabet() -> None:
    sentences = [["b", "a", "rare"], ["b", "a"], ["b", "c", "c"]]
    assert Vocabulary.count(sentences, minimum=2, largest=10).words == ("b", "a", "c")
    assert Vocabulary.count(sentences, minimum=1, largest=2).words == ("b", "a")


def test_encode_and_decode() -> None:
    vocabulary = Vocabulary(["dog", "runs"])
    ids = vocabulary.encode(["dog", "flies", "runs"])
    assert ids == [4, UNKNOWN, 5]
    assert vocabulary.decode([START, 4, PAD, 5, END, 4]) == ["dog", "runs"]
    assert len(vocabulary) == 6
    assert "dog" in vocabulary
    assert "flies" not in vocabulary


def test_a_vocabulary_of_one_word_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="needs at least two words, this one has 1"):
        Vocabulary(["dog"])


def test_a_word_that_stands_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="stands twice"):
        Vocabulary(["dog", "cat", "dog"])
