from __future__ import annotations

from captioning.text.keywords import count_keywords, keyword_targets


def test_a_word_counts_once_a_picture_and_function_words_never() -> None:
    pictures = [
        [["the", "dog", "runs"], ["a", "dog", "is", "here"]],
        [["two", "cats"], ["cats", "42"]],
        [["a", "dog", "of", "cats", "photo"]],
    ]
    assert count_keywords(pictures, largest=10) == ["cats", "dog", "runs"]
    assert count_keywords(pictures, largest=1) == ["cats"]


def test_targets_are_the_keywords_that_any_sentence_names() -> None:
    keywords = {"dog": 0, "cat": 1, "beach": 2}
    assert keyword_targets([["a", "beach"], ["dog", "beach"]], keywords) == [0, 2]
    assert keyword_targets([["nothing"]], keywords) == []
