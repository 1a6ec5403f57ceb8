"""The language of queries: what each item means, and what each mistake is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from math import inf, nextafter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index_data.catalogue.conditions import (
    NO_MARK,
    AtTime,
    CameraNamed,
    Condition,
    Copied,
    InFormat,
    InPath,
    Judged,
    Judgement,
    Lasting,
    Mark,
    Marked,
    Measures,
    Not,
    OfVideo,
    Saying,
    Tagged,
    TakenWithin,
)
from index_data.catalogue.search_words import asked_words
from search.engine.query import Likeness, Query, Sort, WeightedText
from search.engine.query_filters import OTHER_FILTERS
from search.engine.query_language import MOST_CONDITIONS, MOST_WORDS, parse
from search.errors import EmptyQueryError, QuerySyntaxError


def test_plain_words_make_the_sentence() -> None:
    query = parse("  a dog,  on a\tbeach ")
    assert asked_words(query.sentence) == ["a", "dog", "on", "a", "beach"]
    assert query.ranks
    assert not query.conditions


def test_a_number_after_a_word_is_its_weight() -> None:
    assert parse("dog beach:2.5").words == (WeightedText("dog"), WeightedText("beach", 2.5))


def test_a_phrase_is_part_of_the_sentence_and_must_be_said() -> None:
    assert parse('sunset "golden gate":3') == Query(
        (WeightedText("sunset"), WeightedText("golden gate", 3.0)), conditions=(Saying("golden gate"),)
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
        ("tag:h?li", Tagged("h?li")),
        ("tag:Ben?", Tagged("Ben", proposed=True)),
        ('tag:"our dog?"', Tagged("our dog", proposed=True)),
        ("tag:?", Tagged("?")),
        ("caption:none", Judged(Judgement.NONE)),
        ("caption:human", Judged(Judgement.HUMAN)),
        ("caption:Accepted", Judged(Judgement.ACCEPTED)),
        ('caption:"none"', Saying("none", captions_only=True)),
        ("caption:dog", Saying("dog", captions_only=True)),
        ("after:2024-02", TakenWithin(datetime(2024, 2, 1), None)),
        ("before:2024", TakenWithin(None, datetime(2024, 1, 1))),
        ("on:2024-02-29", TakenWithin(datetime(2024, 2, 29), datetime(2024, 3, 1))),
        ("on:2019-07..2019-09", TakenWithin(datetime(2019, 7, 1), datetime(2019, 10, 1))),
        ("on:2019..2020-02-03", TakenWithin(datetime(2019, 1, 1), datetime(2020, 2, 4))),
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
        ("type:Video", OfVideo(True)),
        ("type:photo", OfVideo(False)),
        ("length:>60", Lasting(nextafter(60, inf), None)),
        ("length:>=1:30", Lasting(90.0, None)),
        ("length:<1:02:03", Lasting(None, nextafter(3723, -inf))),
        ("length:<=60.5", Lasting(None, 60.5)),
        ("length:90", Lasting(90.0, nextafter(91, -inf))),
        ("length:0:30..2:00", Lasting(30.0, 120.0)),
        ("at:1:23", AtTime(83.0, nextafter(84, -inf))),
        ("at:83.5", AtTime(83.5, 83.5)),
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
    ("text", "position", "words"),
    [
        ("dog colour:red", 4, 'there is no filter "colour:", at character 5'),
        ('dog "golden gate', 4, "the quotation mark at character 5 is never closed"),
        ('5"x7"', 1, "a blank is missing beside the quotation mark at character 2"),
        ("after:tuesday", 0, '"tuesday" is not a date'),
        ("on:2019-07..", 0, '"2019-07.." is not a date'),
        ("on:2019-07..2019-06", 0, '"2019-07..2019-06" ends before it begins'),
        ("on:2024-13-01", 0, '"2024-13-01" is not a date'),
        ("on:2023-02-29", 0, '"2023-02-29" is not a date'),
        ("on:9999", 0, '"9999" is not a date'),
        ("dog width:big", 4, '"big" is not a size in pixels'),
        ("width:99999999999999999999", 0, "is not a size in pixels"),
        ("dup:maybe", 0, "choose yes, no"),
        ("dog type:film", 4, "choose photo, video"),
        ("length:long", 0, '"long" is not a length in seconds, or in minutes and seconds'),
        ("length:1:75", 0, '"1:75" is not a length'),
        ("length:>1..2", 0, '">1..2" is not a length'),
        ("length:2:00..1:59", 0, '"2:00..1:59" ends before it begins'),
        ("at:noon", 0, '"noon" is not a time in a film'),
        ("at:1:2:3", 0, "write at:1:23, at:1:02:03 or at:83"),
        ("sort:size dog", 0, "choose score, date, path, random"),
        ("dog sort:date sort:path", 14, "a second order"),
        ("dog -sort:date", 4, "an order cannot be excluded"),
        ("dog tag:", 4, '"tag:" stands without a value'),
        ('dog tag:""', 4, '"tag:" stands without a value'),
        ("like:", 0, '"like:" stands without a value'),
        ("caption:!!!", 0, "holds no word"),
        ('"red car":heavy', 0, '"heavy" is not a weight'),
        ("beach:1000", 0, '"1000" is not a weight'),
        ("x" * 2001, 2000, "2,001 characters"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no word"),
        (" ... - !!!", "holds no word"),
        ("-dog -beach", "only says what not to show"),
        ("-dog sort:date", "only says what not to show"),
        ("sort:score", "sort:score needs words"),
        ("tag:holiday sort:score", "sort:score needs words"),
    ],
)
def test_a_query_that_asks_for_nothing_is_told_so(text: str, told: str) -> None:
    with pytest.raises(EmptyQueryError, match=told):
        parse(text)


def test_exclusions_go_with_filters() -> None:
    assert parse("tag:holiday -dog") == Query(minus=("dog",), conditions=(Tagged("holiday"),))


PIECES = st.sampled_from(
    [
        *(
            '"',
            '""',
            ":",
            "-",
            "#",
            "..",
            ">",
            "<=",
            "2024",
            "-02",
            "-31",
            "2.5",
            "101",
            "0",
            "dog",
            "é",
            "٣",
            "\0",
            "\udce9",
        ),
        *(
            "like:",
            "path:",
            "tag:",
            "caption:",
            "after:",
            "on:",
            "width:",
            "dup:",
            "sort:",
            "-tag:",
            "SORT:",
            "none",
            "yes",
        ),
        *(" ", "\t", "\u2003", "date", "colour:", "'", "\u2019", "*", "\\"),
    ]
)


def test_an_order_alone_asks_for_everything() -> None:
    assert parse("sort:path") == Query(sort=Sort.PATH)


@given(st.text(max_size=60) | st.lists(PIECES, max_size=12).map("".join) | st.text(st.characters(), max_size=20))
@settings(max_examples=600)
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    refused: QuerySyntaxError | EmptyQueryError | None = None
    query = Query()
    try:
        query = parse(text)
    except (QuerySyntaxError, EmptyQueryError) as error:
        refused = error
    if isinstance(refused, QuerySyntaxError):
        assert 0 <= refused.position < len(text)
        assert f"at character {refused.position + 1}" in str(refused)
    else:
        assert (refused is None) == (query.ranks or bool(query.conditions))
    assert all(asked_words(part.text) and 0 <= part.weight <= 100 for part in query.words)
    assert all(asked_words(part) for part in query.minus)


WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8).filter(lambda word: word not in OTHER_FILTERS)


@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(WORDS, max_size=3), st.sampled_from(list(Sort)))
def test_what_is_written_is_read_back(words: list[str], minus: list[str], sort: Sort) -> None:
    query = parse(" ".join([*words, *(f"-{word}" for word in minus), f"sort:{sort}"]))
    assert query == Query(tuple(WeightedText(word) for word in words), tuple(minus), sort=sort)


@given(st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_can_be_quoted_as_a_value(value: str) -> None:
    assert parse(f'path:"{value}"').conditions == (InPath(value),)


NAMES = (
    "like",
    "path",
    "name",
    "tag",
    "caption",
    "after",
    "before",
    "on",
    "camera",
    "width",
    "height",
    "format",
    "dup",
)
VALUES = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=12)
DATES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda one: datetime(one.year, one.month, one.day))
PIXELS = st.integers(0, 999_999)
CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(InPath, VALUES, name=st.booleans()),
    st.builds(Tagged, VALUES.filter(lambda text: not text.endswith("?")), proposed=st.booleans()),
    st.builds(Judged, st.sampled_from(Judgement)),
    st.builds(Saying, VALUES.filter(asked_words), captions_only=st.just(True)),
    st.builds(TakenWithin, DATES, st.none()),
    st.builds(TakenWithin, st.none(), DATES),
    st.dates(datetime(1900, 1, 1).date(), datetime(2099, 1, 1).date()).map(
        lambda day: TakenWithin(datetime(day.year, day.month, day.day), datetime.fromordinal(day.toordinal() + 1))
    ),
    st.builds(CameraNamed, VALUES),
    st.builds(Measures, st.sampled_from(["width", "height"]), PIXELS, st.none() | PIXELS),
    st.builds(InFormat, VALUES.map(str.lower)),
    st.builds(Copied, st.booleans()),
)
PHRASES = VALUES.filter(asked_words)


def printed(query: Query) -> str:
    """A query as a person could write it."""
    # A phrase must be said, so what needs not be is written without quotation marks.
    items = [part.text if part.weight == 1 else f"{part.text}:{part.weight!r}" for part in query.words]
    items += [f'-"{text}"' for text in query.minus]
    items += [
        f"{'-' * one.minus}like:" + (f"#{one.picture}" if isinstance(one.picture, int) else f'"{one.picture}"')
        for one in query.likenesses
    ]
    items += [_printed(one) for one in query.conditions]
    return " ".join([*items, *([f"sort:{query.sort}"] if query.sort else [])])


def _printed(condition: Condition) -> str:
    if isinstance(condition, Not):
        return f"-{_printed(condition.condition)}"
    return PRINTERS[type(condition)](condition)


def _printed_span(span: TakenWithin) -> str:
    if span.start is None:
        return f"before:{span.end:%Y-%m-%d}"
    return f"after:{span.start:%Y-%m-%d}" if span.end is None else f"on:{span.start:%Y-%m-%d}"


PRINTERS: dict[type[Condition], Callable[[Any], str]] = {
    InPath: lambda one: f'{"name" if one.name else "path"}:"{one.pattern}"',
    Tagged: lambda one: f'tag:"{one.pattern}{"?" * one.proposed}"',
    Judged: lambda one: f"caption:{one.judgement}",
    Saying: lambda one: f'caption:"{one.phrase}"',
    TakenWithin: _printed_span,
    CameraNamed: lambda one: f'camera:"{one.part}"',
    Measures: lambda one: f"{one.side}:>={one.least}" if one.most is None else f"{one.side}:{one.least}..{one.most}",
    InFormat: lambda one: f'format:"{one.name}"',
    Copied: lambda one: f"dup:{'yes' if one.copied else 'no'}",
}


QUERIES = st.builds(
    Query,
    words=st.lists(st.builds(WeightedText, WORDS, st.sampled_from([1.0, 0.0, 0.5, 2.0, 100.0])), max_size=4)
    .map(lambda words: [one for one in words if one.text not in {*NAMES, "sort"}])
    .map(tuple),
    minus=st.lists(PHRASES, max_size=3).map(tuple),
    likenesses=st.lists(
        st.builds(Likeness, st.integers(1, 10**17) | VALUES.filter(lambda text: text[0] != "#"), st.booleans()),
        max_size=2,
    ).map(tuple),
    conditions=st.lists(CONDITIONS | st.builds(Not, CONDITIONS), max_size=3).map(tuple),
    sort=st.none() | st.sampled_from(Sort),
).filter(lambda query: query.ranks or (bool(query.conditions) and query.sort is not Sort.SCORE))


@given(QUERIES)
@settings(max_examples=400)
def test_a_printed_query_is_read_back(query: Query) -> None:
    assert parse(printed(query)) == query


@pytest.mark.parametrize("text", ["M\udcf6we", '"a M\udcf6we"', "tag:M\udcf6we", "-M\udcf6we", "dog \ud83d"])
def test_bytes_that_are_not_text_are_refused(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="holds bytes that are not text; write it in UTF-8"):
        parse(text)


@pytest.mark.parametrize("name", ["path", "name"])
def test_a_path_may_hold_any_bytes(name: str) -> None:
    assert parse(f"{name}:M\udcf6we").conditions == parse(f'{name}:"M\udcf6we"').conditions


@pytest.mark.parametrize(
    "text",
    [
        "ratings:5",
        "month:7",
        "iso:100",
        "year:2019",
        "dog Rated:3",
        "f-number:2.8",
        "megapixels:12",
        "stars:5",
        "stars>=4",
        "iso<800",
        "stars:>=4",
        "-stars:1 dog",
    ],
)
def test_filters_of_other_programs_are_none(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="there is no filter"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "mark", "values"),
    [
        ("rating:>3", Mark.RATING, ("4", "5")),
        ("rating:>=3", Mark.RATING, ("3", "4", "5")),
        ("rating:<2", Mark.RATING, (NO_MARK, "1")),
        ("rating:<=1", Mark.RATING, (NO_MARK, "1")),
        ("rating:0", Mark.RATING, (NO_MARK,)),
        ("Rating:2..3", Mark.RATING, ("2", "3")),
        ("label:Red", Mark.LABEL, ("red",)),
        ("label:any", Mark.LABEL, ("red", "yellow", "green", "blue", "purple")),
        ("label:none", Mark.LABEL, (NO_MARK,)),
        ("picked:yes", Mark.PICK, ("picked",)),
        ("picked:rejected", Mark.PICK, ("rejected",)),
        ("picked:no", Mark.PICK, ("rejected", NO_MARK)),
        ("favourite:yes", Mark.FAVOURITE, ("yes",)),
        ("favourite:no", Mark.FAVOURITE, (NO_MARK,)),
    ],
)
def test_marks(text: str, mark: Mark, values: tuple[str, ...]) -> None:
    assert parse(text).conditions == (Marked(mark, values),)


@pytest.mark.parametrize("text", ["rating:6", "rating:good", "label:pink", "picked:maybe", "favourite:2"])
def test_marks_that_there_are_not(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match=r"is not a rating|does not fit"):
        parse(text)


@pytest.mark.parametrize("text", ["beach:2", "t-shirt:2", "people:3", '"month":5', "dog's:2"])
def test_a_weight_stays_one(text: str) -> None:
    (part,) = parse(text).words
    assert part.weight in (2.0, 3.0, 5.0)


def test_a_filter_without_its_colon_is_told() -> None:
    with pytest.raises(QuerySyntaxError, match="write width: before its value"):
        parse("dog width>2000")


@pytest.mark.parametrize("text", ["-beach dog", '-"red car" dog', "-tag:holiday dog", "\N{MINUS SIGN}beach dog"])
def test_a_query_may_begin_with_a_minus(text: str) -> None:
    query = parse(text)
    assert query.sentence == "dog"
    assert len(query.minus) + len(query.conditions) == 1


@pytest.mark.parametrize("item", ["-abc", '"abc"', "tag:abc", "like:#1"])
def test_the_questions_of_a_query_are_bounded(item: str) -> None:
    parse(" ".join(["dog", *[item] * MOST_CONDITIONS]))
    with pytest.raises(QuerySyntaxError, match=f"more than {MOST_CONDITIONS} filters"):
        parse(" ".join(["dog", *[item] * (MOST_CONDITIONS + 1)]))


@pytest.mark.parametrize("between", [" ", ",", "-"])
def test_the_words_of_a_query_are_bounded(between: str) -> None:
    parse(between.join(["a"] * MOST_WORDS))
    with pytest.raises(QuerySyntaxError, match=f"more than {MOST_WORDS} words"):
        parse(between.join(["a"] * (MOST_WORDS + 1)))


def test_what_is_quoted_throughout_is_known() -> None:
    assert parse('"new york" "dog":2').says_all
    assert not parse('"new york" dog').says_all
    assert not parse("path:york").says_all


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", datetime(2026, 3, 1), datetime(2026, 3, 2)),
        ("Yesterday", datetime(2026, 2, 28), datetime(2026, 3, 1)),
        ("march", datetime(2026, 3, 1), datetime(2026, 4, 1)),
        ("JULY", datetime(2025, 7, 1), datetime(2025, 8, 1)),
        ("dec..feb", datetime(2025, 12, 1), datetime(2026, 3, 1)),
    ],
)
def test_dates_in_words(monkeypatch: pytest.MonkeyPatch, text: str, start: datetime, end: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(2026, 3, 1, 9, tzinfo=tz)

    monkeypatch.setattr("search.engine.query_filters.datetime", Clock)
    assert parse(f"on:{text}").conditions == (TakenWithin(start, end),)
