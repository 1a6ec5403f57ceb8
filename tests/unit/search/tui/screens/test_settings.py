"""What a line in the room of settings says becomes a change of the file, or none."""

from __future__ import annotations

import pytest

from index_data.settings import Settings
from search.tui.screens.settings import as_text, changes


@pytest.mark.parametrize("text", ["*.gif 'old ones/'", "'*.gif' 'old ones/'", ' *.gif  "old ones/" '])
def test_what_says_the_same_in_other_quotes_changes_nothing(text: str) -> None:
    assert list(changes("exclude", text, Settings(exclude=("*.gif", "old ones/")))) == []


def test_what_is_as_usual_is_taken_out_of_the_file() -> None:
    assert list(changes("exclude", "  ", Settings(exclude=("*.gif",)))) == [("exclude", ())]
    assert list(changes("format", "table", Settings(format="json"))) == [("format", ())]
    assert list(changes("format", "json", Settings())) == [("format", ["json"])]


def test_of_the_keys_only_those_that_differ_are_written() -> None:
    settings = Settings(keys={"browse.like": "l", "full.next": "n"})
    assert list(changes("keys", as_text(settings.keys), settings)) == []
    assert sorted(changes("keys", "browse.like=l grid.up=k", settings)) == [
        ("keys.full.next", ()),
        ("keys.grid.up", ["k"]),
    ]
