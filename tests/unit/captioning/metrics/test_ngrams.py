from __future__ import annotations

from captioning.metrics.ngrams import count_ngrams


def test_counts_runs_of_one_to_four_words() -> None:
    assert count_ngrams(["a", "b", "a", "b", "a"]) == {
        ("a",): 3,
        ("b",): 2,
        ("a", "b"): 2,
        ("b", "a"): 2,
        ("a", "b", "a"): 2,
        ("b", "a", "b"): 1,
        ("a", "b", "a", "b"): 1,
        ("b", "a", "b", "a"): 1,
    }


def test_a_short_sentence_has_only_short_runs() -> None:
    assert count_ngrams(["a", "b"]) == {("a",): 1, ("b",): 1, ("a", "b"): 1}
    assert count_ngrams([]) == {}
