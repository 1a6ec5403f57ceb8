"""Which words of a question are said, in which form, and how much each counts."""

from __future__ import annotations

import math

import pytest

from captioning.text.out_of_vocabulary import Substitute
from captioning.vocabulary import Vocabulary
from index_data.catalogue.records import ImageWords
from index_data.columns.stems import stems_of
from search.engine.document_terms import (
    document_terms,
    matched_keyword_share,
    matched_share,
    matched_words,
    query_terms,
)

VOCABULARY = Vocabulary(("a", "the", "dog", "running", "beach"))
"""Its ranks begin behind four words of its own."""


def rank(word: str) -> int:
    return VOCABULARY.words.index(word)


def test_function_words_count_only_where_there_are_no_others() -> None:
    assert [one.word for one in query_terms([("a dog on the beach", 1.0)], VOCABULARY, {})] == ["dog", "beach"]
    assert [one.word for one in query_terms([("on the", 1.0)], VOCABULARY, {})] == ["on", "the"]
    assert query_terms([], VOCABULARY, {}) == ()


def test_rare_words_count_more_and_people_say_how_much() -> None:
    dog, beach, unknown = query_terms([("dog", 1.0), ("beach", 3.0), ("zebra", 1.0)], VOCABULARY, {})
    assert dog.weight == pytest.approx(math.log(2 + rank("dog")))
    assert beach.weight == pytest.approx(3 * math.log(2 + rank("beach")))
    assert unknown.weight == pytest.approx(math.log(2 + len(VOCABULARY)))


def test_a_word_twice_counts_once_with_its_greater_weight() -> None:
    (dog,) = query_terms([("dog", 1.0), ("dogs dog", 2.0)], VOCABULARY, {})
    assert dog.weight == pytest.approx(2 * math.log(2 + rank("dog")))


def test_a_substitute_is_read_beside_the_word() -> None:
    substitutes = {"puppy": Substitute("puppy", ("dog",), "meaning"), "xqzzy": None}
    puppy, unknown = query_terms([("puppy xqzzy", 1.0)], VOCABULARY, substitutes)
    assert (puppy.word, puppy.expansion, puppy.stems) == ("puppy", ("puppy", "dog"), stems_of(["puppies", "dogs"]))
    assert puppy.weight == pytest.approx(math.log(2 + rank("dog")))
    assert unknown.expansion == ("xqzzy",)
    assert matched_words([puppy, unknown], stems_of(["two dogs"])) == ("puppy",)


def test_every_form_of_a_word_is_the_word() -> None:
    (run,) = query_terms([("runs", 1.0)], VOCABULARY, {})
    for text in ("he runs", "Running!", "run"):
        assert matched_words([run], stems_of([text])) == ("runs",)
    assert matched_words([run], stems_of(["rung rust"])) == ()


def test_shares_are_of_the_weight_that_is_said() -> None:
    words = query_terms([("dog", 1.0), ("beach", 1.0)], VOCABULARY, {})
    dog, beach = (one.weight for one in words)
    assert matched_share(words, stems_of(["a dog"])) == pytest.approx(dog / (dog + beach))
    assert matched_share(words, stems_of(["dogs on beaches"])) == pytest.approx(1.0)
    assert matched_share(words, stems_of(["a cat"])) == 0.0
    assert matched_share((), stems_of(["a cat"])) == 0.0
    assert matched_keyword_share(words, {"dog": 0.5, "beach": 0.1}) == pytest.approx(
        (0.5 * dog + 0.1 * beach) / (dog + beach)
    )
    assert matched_keyword_share((), {"dog": 0.5}) == 0.0


def test_who_says_what_is_kept_apart() -> None:
    terms = document_terms(
        ImageWords(("a dog",), ("Two cats",), ("holidays",), ("/my/beach.png",), {"dogs": 0.2, "dog": 0.7})
    )
    assert terms.proposed == {"a", "dog"}
    assert terms.confirmed == stems_of(["two cats holidays"])
    assert terms.paths == {"my", "beach", "png"}
    assert terms.keywords == {"dog": 0.7}
