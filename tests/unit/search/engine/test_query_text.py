"""Filters are read from and put into the text of a query without touching the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine.query import Query, Sort
from search.engine.query_language import parse
from search.engine.query_text import filter_value, read, with_filter, without_filter
from search.errors import EmptyQueryError, QuerySyntaxError


def test_nothing_asks_for_everything() -> None:
    assert read("  ") == Query()
    assert read("sort:path") == Query(sort=Sort.PATH)
    assert read(" SORT:date ") == Query(sort=Sort.DATE)


def test_the_rest_is_the_language() -> None:
    assert read("dog sort:date") == parse("dog sort:date")
    with pytest.raises(QuerySyntaxError):
        read("name:")
    with pytest.raises(EmptyQueryError):
        read("-dog")
    with pytest.raises(EmptyQueryError):
        read("sort:score")


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("dog tag:holiday", "tag", "holiday"),
        ('tag:"two words" dog', "tag", "two words"),
        ("-tag:holiday dog", "tag", ""),
        ('"tag:holiday"', "tag", ""),
        ("nametag:x", "tag", ""),
        ("Path:x", "path", "x"),
        ('tag:""', "tag", ""),
    ],
)
def test_values_are_read(text: str, name: str, value: str) -> None:
    assert filter_value(text, name) == value


def test_values_are_changed_and_taken_out() -> None:
    assert with_filter("dog tag:a beach", "tag", "b") == "dog beach tag:b"
    assert with_filter("dog", "tag", "two words") == 'dog tag:"two words"'
    assert with_filter("dog tag:a", "tag", "") == "dog"
    assert with_filter("", "sort", "path") == "sort:path"
    assert without_filter("dog  tag:a", "path") == "dog  tag:a"
    assert with_filter("dog", "path", 'a"b') == "dog path:ab"


@given(
    st.sampled_from(["dog", "-cat", '"red boat"', "", "after:2019"]), st.text(st.characters(codec="ascii"), max_size=9)
)
def test_what_is_put_in_is_read_back(text: str, value: str) -> None:
    value = " ".join(value.replace('"', "").split())
    changed = with_filter(text, "tag", value)
    assert filter_value(changed, "tag") == value
    assert without_filter(changed, "tag") == text
