"""Substitutes for words that a model never learnt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.text.out_of_vocabulary import NEIGHBOURS, OutOfVocabularyWords, Substitute, read_neighbours
from captioning.vocabulary import Vocabulary, tokenize

VOCABULARY = Vocabulary(["dog", "cat", "dogs", "running", "jump", "beach", "puppy", "kitten", "mountain", "a"])
NEAR = {"feline": ("cat", "kitten"), "bow": (), "seaside": ("shore", "beach"), "zen": ("temple",)}


@pytest.fixture(scope="module")
def outside() -> OutOfVocabularyWords:
    return OutOfVocabularyWords(VOCABULARY, NEAR)


@pytest.mark.parametrize(
    ("word", "known", "relation"),
    [
        ("puppies", "puppy", "form"),
        ("jumped", "jump", "form"),
        ("beaches", "beach", "form"),
        ("feline", "cat kitten", "meaning"),
        ("seaside", "beach", "meaning"),
        ("moutnain", "mountain", "spelling"),
        ("moutain", "mountain", "spelling"),
        ("kiten", "kitten", "spelling"),
        ("felline", "cat kitten", "spelling"),
    ],
)
def test_a_word_near_known_ones_is_read_as_them(
    outside: OutOfVocabularyWords, word: str, known: str, relation: str
) -> None:
    assert outside.substitute(word) == Substitute(word, tuple(known.split()), relation)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["sdfsdflksdfj", "bow", "zen", "cta", "1234", "xx"])
def test_a_word_with_nothing_near_stays_unknown(outside: OutOfVocabularyWords, word: str) -> None:
    assert outside.substitute(word) is None


def test_forms_of_one_word_are_read_as_the_most_frequent(outside: OutOfVocabularyWords) -> None:
    found = outside.substitute("dogged")
    assert found is not None
    assert found.known == ("dog",)


@given(word=st.text(max_size=30).flatmap(lambda text: st.sampled_from(tokenize(text) or ["q"])))
def test_substitutes_are_known_whatever_is_asked(word: str) -> None:
    found = OutOfVocabularyWords(VOCABULARY, NEAR).substitute(word)
    assert found is None or (found.known and all(known in VOCABULARY for known in found.known))


def test_the_shipped_table_holds_common_words_and_what_is_near_them() -> None:
    table = read_neighbours(NEIGHBOURS)
    assert len(table) > 20_000
    assert "cat" in table["feline"]
    assert all(word.isalpha() and word.islower() for word in table)
    assert max(len(near) for near in table.values()) == 3
