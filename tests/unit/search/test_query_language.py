"""The language of queries: what each item means, and what each mistake is told."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.vocabulary import tokenize
from index_data.conditions import (
    CameraNamed,
    Copied,
    InFormat,
    InPath,
    Judged,
    Judgement,
    Measures,
    Not,
    Saying,
    Tagged,
    TakenWithin,
)
from search.errors import EmptyQueryError, QuerySyntaxError, SearchError
from search.query_language import Likeness, Query, Sort, Words, parse


def test_plain_words_make_the_sentence() -> None:
    query = parse("  a dog,  on a\tbeach ")
    assert tokenize(query.sentence) == ["a", "dog", "on", "a", "beach"]
    assert query.ranks
    assert not query.conditions


def test_a_number_after_a_word_is_its_weight() -> None:
    assert parse("dog beach:2.5").words == (Words("dog"), Words("beach", 2.5))


def test_a_phrase_is_part_of_the_sentence_and_must_be_said() -> None:
    assert parse('sunset "golden gate":3') == Query(
        (Words("sunset"), Words("golden gate", 3.0)), conditions=(Saying("golden gate"),)
    )


def test_a_minus_excludes_words_phrases_likenesses_and_filters() -> None:
    query = parse('dog -beach -"red car" -like:#7 -tag:family')
    assert query.minus == ("beach", "red car")
    assert query.likenesses == (Likeness(7, minus=True),)
    assert query.conditions == (Not(Tagged("family")),)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("path:2019/*.jpg", InPath("2019/*.jpg")),
        ('path:"my photos"', InPath("my photos")),
        ("NAME:img_", InPath("img_", name=True)),
        ("tag:holi*", Tagged("holi*")),
        ("caption:none", Judged(Judgement.NONE)),
        ("caption:human", Judged(Judgement.HUMAN)),
        ("caption:Accepted", Judged(Judgement.ACCEPTED)),
        ('caption:"none"', Saying("none", captions_only=True)),
        ("caption:dog", Saying("dog", captions_only=True)),
        ("after:2024-02", TakenWithin(datetime(2024, 2, 1), None)),
        ("before:2024", TakenWithin(None, datetime(2024, 1, 1))),
        ("on:2024-02-29", TakenWithin(datetime(2024, 2, 29), datetime(2024, 3, 1))),
        ("on:2024-12", TakenWithin(datetime(2024, 12, 1), datetime(2025, 1, 1))),
        ("on:2024", TakenWithin(datetime(2024, 1, 1), datetime(2025, 1, 1))),
        ("camera:canon", CameraNamed("canon")),
        ("width:>2000", Measures("width", 2001, None)),
        ("width:>=2000", Measures("width", 2000, None)),
        ("height:<50", Measures("height", None, 49)),
        ("height:<=50", Measures("height", None, 50)),
        ("height:480", Measures("height", 480, 480)),
        ("height:=480", Measures("height", 480, 480)),
        ("width:10..20", Measures("width", 10, 20)),
        ("format:JPEG", InFormat("jpeg")),
        ("dup:yes", Copied(True)),
        ("dup:no", Copied(False)),
    ],
)
def test_filters(text: str, condition: object) -> None:
    query = parse(text)
    assert query.conditions == (condition,)
    assert not query.ranks


def test_likenesses_and_orders() -> None:
    assert parse('like:"a b.jpg" like:#12 sort:date') == Query(
        likenesses=(Likeness("a b.jpg"), Likeness(12)), sort=Sort.DATE
    )


@pytest.mark.parametrize(
    ("text", "position", "told"),
    [
        ("dog colour:red", 4, 'there is no filter "colour:", at character 5'),
        ('dog "golden gate', 4, "the quotation mark at character 5 is never closed"),
        ('5"x7"', 1, "a blank is missing beside the quotation mark at character 2"),
        ("after:yesterday", 0, '"yesterday" is no date'),
        ("on:2024-13-01", 0, '"2024-13-01" is no date'),
        ("on:2023-02-29", 0, '"2023-02-29" is no date'),
        ("on:9999", 0, '"9999" is no date'),
        ("dog width:big", 4, '"big" is no size in pixels'),
        ("width:99999999999999999999", 0, "is no size in pixels"),
        ("dup:maybe", 0, "choose yes, no"),
        ("sort:size dog", 0, "choose score, date, path, random"),
        ("dog sort:date sort:path", 14, "one order too many"),
        ("dog -sort:date", 4, "an order takes no minus"),
        ("dog tag:", 4, '"tag:" stands without a value'),
        ('dog tag:""', 4, '"tag:" stands without a value'),
        ("like:", 0, '"like:" stands without a value'),
        ("caption:!!!", 0, "holds no word"),
        ('"red car":heavy', 0, '"heavy" is no weight'),
        ("beach:1000", 0, '"1000" is no weight'),
        ("x" * 2001, 2000, "2,001 characters"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, position: int, told: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert told in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no word"),
        (" ... - !!!", "holds no word"),
        ("sort:date", "holds no word"),
        ("-dog -beach", "only says what not to show"),
        ("tag:holiday sort:score", "sort:score needs words"),
    ],
)
def test_a_query_that_asks_for_nothing_is_told_so(text: str, told: str) -> None:
    with pytest.raises(EmptyQueryError, match=told):
        parse(text)


def test_exclusions_go_with_filters() -> None:
    assert parse("tag:holiday -dog") == Query(minus=("dog",), conditions=(Tagged("holiday"),))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    try:
        query = parse(text)
    except SearchError as error:
        position = getattr(error, "position", 0)
        query = Query()
    else:
        position = 0
    assert 0 <= position <= len(text)
    assert query == Query() or query.ranks or query.conditions


WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(WORDS, max_size=3), st.sampled_from(list(Sort)))
def test_what_is_written_is_read_back(words: list[str], minus: list[str], sort: Sort) -> None:
    query = parse(" ".join([*words, *(f"-{word}" for word in minus), f"sort:{sort}"]))
    assert query == Query(tuple(Words(word) for word in words), tuple(minus), sort=sort)


@given(st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_can_be_quoted_as_a_value(value: str) -> None:
    assert parse(f'path:"{value}"').conditions == (InPath(value),)
