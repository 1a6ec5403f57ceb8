"""The filters of the query language: how each name reads its value into a condition, and what is no filter here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf, nextafter
from typing import Final, Literal

from index_data.catalogue.conditions import (
    MARK_VALUES,
    NO_MARK,
    NONE_AT_ALL,
    AtTime,
    CameraNamed,
    Condition,
    Copied,
    InAlbum,
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
    Undated,
)
from index_data.catalogue.search_words import asked_words
from index_data.film_times import seconds_of
from search.errors import QuerySyntaxError

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_LENGTH = re.compile(r"([<>]=?|=)?([\d:.]+?)(?:\.\.([\d:.]+))?", re.ASCII)
_STARS = re.compile(r"(?P<sign>[<>]=?|=)?(?P<one>[0-5])|(?P<low>[0-5])\.\.(?P<high>[0-5])")
_PIXELS = re.compile(r"(?P<sign>[<>]=?|=)?(?P<one>\d{1,9})|(?P<low>\d{1,9})\.\.(?P<high>\d{1,9})")


@dataclass(slots=True)
class QueryItem:
    """One item as it stands in the query.

    Attributes:
        at: Where it begins, in characters.
        minus: Whether a minus stands before it.
        name: What stands before a colon; empty without one.
        value: The rest, or all of it.
        quoted: Whether the value stands in quotation marks.
        weight: What stands behind a phrase and a colon.
    """

    at: int
    minus: bool
    name: str
    value: str
    quoted: bool
    weight: str

    @property
    def shown(self) -> str:
        """The item without its minus."""
        return f"{self.name}:{self.value}" if self.name else self.value


def item_error(item: QueryItem, wrong: str, hint: str = "") -> QuerySyntaxError:
    """What is wrong with an item, where it stands, and what to write instead."""
    return QuerySyntaxError(
        f"{wrong}, at character {item.at + 1} of the query" + (f"; {hint}" if hint else ""), item.at
    )


def is_elsewhere(name: str) -> bool:
    """Whether other programs have a filter of this name."""
    return re.sub("[-_]", "", name.lower()) in OTHER_FILTERS


def read_choice(item: QueryItem, choices: list[str]) -> str:
    """The value, which must be one of the choices, in lower case.

    Raises:
        QuerySyntaxError: It is none of them.
    """
    value = item.value.lower()
    if value not in choices:
        raise item_error(item, f'"{item.value}" does not fit {item.name}:', f"choose {', '.join(choices)}")
    return value


def _caption(item: QueryItem) -> Condition:
    if not item.quoted and item.value.lower() in list(Judgement):
        return Judged(Judgement(item.value.lower()))
    if not asked_words(item.value):
        raise item_error(item, f'"{item.shown}" holds no word')
    return Saying(item.value, captions_only=True)


def _span(item: QueryItem) -> tuple[datetime, datetime]:
    """The span of a date, or from one date to another, both included."""
    first, dots, last = item.value.partition("..")
    if not dots:
        return _date(item, item.value)
    start, end = _date(item, first)[0], _date(item, last)[1]
    if start >= end:
        raise item_error(item, f'"{item.value}" ends before it begins')
    return start, end


def _on(item: QueryItem) -> Condition:
    return Undated() if item.value.lower() == NONE_AT_ALL else TakenWithin(*_span(item))


def _date(item: QueryItem, text: str) -> tuple[datetime, datetime]:
    """The span of a day, a month or a year: its start, and that of the next."""
    text = _spoken_date(text.lower(), datetime.now())
    matched = _DATE.fullmatch(text)
    try:
        if matched is None:
            raise ValueError
        year, month, day = int(matched[1]), int(matched[2] or 1), int(matched[3] or 1)
        start = datetime(year, month, day)
        if matched[3]:
            return start, datetime.fromordinal(start.toordinal() + 1)
        return start, datetime(year + (month == 12), month % 12 + 1, 1) if matched[2] else datetime(year + 1, 1, 1)
    except ValueError as error:
        raise item_error(
            item, f'"{item.value}" is not a date', "write 2024, 2024-05, 2024-05-31, july or yesterday"
        ) from error


def _spoken_date(text: str, now: datetime) -> str:
    """A date in figures for one in words: a month is the latest of its name that has begun, by the local clock."""
    if text in ("today", "yesterday"):
        return f"{now - timedelta(days=text == 'yesterday'):%Y-%m-%d}"
    if len(text) < 3 or not text.isascii():
        return text
    number = next((number for number, name in enumerate(_MONTHS, start=1) if name.startswith(text)), None)
    return text if number is None else f"{now.year - (number > now.month)}-{number:02d}"


def _side(side: Literal["width", "height"]) -> Callable[[QueryItem], Condition]:
    def read(item: QueryItem) -> Condition:
        matched = _PIXELS.fullmatch(item.value)
        if matched is None:
            hint = f"write {side}:>2000 or {side}:1000..2000"
            raise item_error(item, f'"{item.value}" is not a size in pixels', hint)
        if matched["low"]:
            return Measures(side, int(matched["low"]), int(matched["high"]))
        size = int(matched["one"])
        smallest, largest = {
            ">": (size + 1, None),
            ">=": (size, None),
            "<": (None, size - 1),
            "<=": (None, size),
        }.get(matched["sign"] or "", (size, size))
        return Measures(side, smallest, largest)

    return read


def _rating(item: QueryItem) -> Condition:
    matched = _STARS.fullmatch(item.value)
    if matched is None:
        raise item_error(item, f'"{item.value}" is not a rating', "write rating:4, rating:>3 or rating:1..3")
    low, high = int(matched["one"] or matched["low"]), int(matched["one"] or matched["high"])
    sign = matched["sign"] or ""
    if ">" in sign:
        low, high = low + ("=" not in sign), 5
    elif "<" in sign:
        low, high = 0, high - ("=" not in sign)
    return Marked(Mark.RATING, tuple(str(stars) if stars else NO_MARK for stars in range(low, high + 1)))


def _label(item: QueryItem) -> Condition:
    colours = MARK_VALUES[Mark.LABEL]
    value = read_choice(item, [*colours, "any", NO_MARK])
    return Marked(Mark.LABEL, colours if value == "any" else (value,))


def _picked(item: QueryItem) -> Condition:
    value = read_choice(item, ["yes", "no", "rejected"])
    return Marked(Mark.PICK, {"yes": ("picked",), "no": ("rejected", NO_MARK)}.get(value, ("rejected",)))


def _favourite(item: QueryItem) -> Condition:
    return Marked(Mark.FAVOURITE, ("yes",) if read_choice(item, ["yes", "no"]) == "yes" else (NO_MARK,))


def _album(item: QueryItem) -> Condition:
    if not item.quoted and item.value.lower() == NONE_AT_ALL:
        return Not(InAlbum("*"))
    return InAlbum(item.value)


def _tag(item: QueryItem) -> Condition:
    """A question mark at the end asks for what is only proposed, too; alone it stands for any character."""
    sure = item.value.removesuffix("?")
    return Tagged(sure, proposed=True) if sure and sure != item.value else Tagged(item.value)


def _length(item: QueryItem) -> Condition:
    """Seconds of a film; a length alone means those that would be printed so."""
    matched = _LENGTH.fullmatch(item.value)
    sign, start, end = matched.groups() if matched else ("", "", "")
    first, last = seconds_of(start), seconds_of(end or start)
    if first is None or last is None or (sign and end):
        hint = "write length:>60, length:<=1:30 or length:0:30..2:00"
        raise item_error(item, f'"{item.value}" is not a length in seconds, or in minutes and seconds', hint)
    if first > last:
        raise item_error(item, f'"{item.value}" ends before it begins')
    if end:
        return Lasting(first, last)
    least, most = {
        ">": (nextafter(first, inf), None),
        ">=": (first, None),
        "<": (None, nextafter(first, -inf)),
        "<=": (None, first),
    }.get(sign or "", (first, nextafter(first + 1, -inf)))
    return Lasting(least, most)


def _at(item: QueryItem) -> Condition:
    time = seconds_of(item.value)
    if time is None:
        raise item_error(item, f'"{item.value}" is not a time in a film', "write at:1:23, at:1:02:03 or at:83")
    # Times are printed to the second, and whatever is shown in it may be meant.
    return AtTime(time, nextafter(time + 1, -inf) if time.is_integer() else time)


CONDITIONS: Final[Mapping[str, Callable[[QueryItem], Condition]]] = {
    "path": lambda item: InPath(item.value),
    "name": lambda item: InPath(item.value, name=True),
    "tag": _tag,
    "caption": _caption,
    "after": lambda item: TakenWithin(_date(item, item.value)[0], None),
    "before": lambda item: TakenWithin(None, _date(item, item.value)[0]),
    "on": _on,
    "camera": lambda item: CameraNamed(item.value),
    "width": _side("width"),
    "height": _side("height"),
    "format": lambda item: InFormat(item.value.lower()),
    "rating": _rating,
    "label": _label,
    "picked": _picked,
    "favourite": _favourite,
    "album": _album,
    "type": lambda item: OfVideo(read_choice(item, ["photo", "video"]) == "video"),
    "length": _length,
    "at": _at,
    "dup": lambda item: Copied(read_choice(item, ["yes", "no"]) == "yes"),
}
"""What each filter reads of an item; each raises QuerySyntaxError for a value that does not fit."""

FILTER_NAMES: Final = ("like", *CONDITIONS, "sort")
"""Of all filters, the two among them that are no conditions."""

OTHER_FILTERS: Final = frozenset(
    re.split(
        r"\s+",
        """altitude aperture archived aspect author bitdepth bitrate blur brightness codec colorlabel
        colour comments confidence contrast copies count created creator date dates day decade depth dimension
        dimensions dist distance dpi duration ev exif exposure ext f faces favorite favorites filename filesize
        filetype fnumber focal focallength fps geo gps hash hour hue id index iso keyword keywords lat latitude
        lens lng lon longitude megapixels mm modified month mp numfaces orientation pixels quality rank rated
        ratings ratio resolution saturation score shutter since size speed stars state stored taken time
        timestamp title uid until updated version week weekday year years zoom""",
    )
)
"""Filters of other programs, whose numbers are no weights: who writes `rating:5` looks for no picture of a rating."""
