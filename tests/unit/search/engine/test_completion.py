"""The word at the cursor is completed by what is usual, and by a slow and obvious search in the same way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine.completion import Completer, asks_album, with_album

WORDS = ["dog", "a", "door", "dogs", "down", "Dominica", "doing", "dorm", "cat"]


@pytest.mark.parametrize(
    ("text", "cursor", "expected"),
    [
        ("a do", 4, ["dog", "door", "dogs", "down", "Dominica", "doing"]),
        ("a dog", 5, ["dogs"]),
        ("DOM", 3, ["Dominica"]),
        ("do beach", 2, ["dog", "door", "dogs", "down", "Dominica", "doing"]),
        ("do", 1, []),
        ("a d", 3, []),
        ("a ", 2, []),
        ("", 0, []),
        ("xy", 2, []),
    ],
)
def test_the_word_at_the_cursor(text: str, cursor: int, expected: list[str]) -> None:
    assert Completer(WORDS).endings(text, cursor) == expected


def test_a_word_is_put_in_place_of_its_beginning() -> None:
    words = Completer(WORDS)
    assert words.completed("a do on a beach", 4, "dog") == ("a dog on a beach", 5)
    assert words.completed("", 0, "dog") == ("dog", 3)


def test_whole_texts() -> None:
    tags = Completer(["New York", "new year", "sea", "New York"], whole=True)
    assert tags.endings("n", 1) == ["New York", "new year"]
    assert tags.endings("new y", 5) == ["New York", "new year"]
    assert tags.endings("  New Yo", 8) == ["New York"]
    assert tags.endings("york", 4) == []
    assert tags.completed("new y", 5, "New York") == ("New York", 8)
    assert tags.endings("sea, -new y", 11) == ["New York", "new year"]
    assert tags.completed("sea, -new y", 11, "New York") == ("sea, -New York", 14)


@pytest.mark.parametrize(
    ("query", "completed"),
    [
        ("album:ho", "album:holiday"),
        ("dog -ALBUM:ho", "dog -ALBUM:holiday"),
        ("album:m", None),
        ('album:"m', 'album:"my Trip"'),
        ('album:"MY T', 'album:"MY Trip"'),
        ('album:"', 'album:"Holiday"'),
        ("album:holiday", None),
        ("album:ho dog", None),
        ("album:", None),
        ("ho", None),
        ("myalbum:ho", None),
    ],
)
def test_the_name_of_an_album_is_completed_as_it_must_be_quoted(query: str, completed: str | None) -> None:
    assert with_album(query, ["Holiday", "My Trip"]) == completed
    assert completed is None or asks_album(query)


@given(words=st.lists(st.text("abcA", max_size=4)), beginning=st.text("abcA", min_size=2, max_size=3))
def test_as_a_search_through_all_words(words: list[str], beginning: str) -> None:
    unique = list(dict.fromkeys(words))
    folded = beginning.casefold()
    expected = [word for word in unique if word.casefold().startswith(folded) and word.casefold() != folded]
    assert Completer(words).endings(f"x {beginning}", len(beginning) + 2, count=3) == expected[:3]
