"""The language of queries, the same for every face: words, "phrases", -exclusions, weights, likenesses and filters.

query   = { item }
item    = [ "-" ] ( word [ ":" weight ] | phrase [ ":" weight ] | name ":" value )
phrase  = '"' any text '"'
value   = text without blanks | phrase
name    = like | path | name | tag | caption | after | before | on | camera | width | height | format | dup | sort
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from index_data.catalogue.conditions import (
    CameraNamed,
    Condition,
    Copied,
    InFolder,
    InFormat,
    InPath,
    Judged,
    Judgement,
    Measures,
    Not,
    PlaceCondition,
    Saying,
    Tagged,
    TakenWithin,
)
from index_data.catalogue.search_words import asked_words
from search.errors import EmptyQueryError, QuerySyntaxError

LONGEST = 2000
"""Characters a query may have."""

HEAVIEST = 100.0
"""The largest weight of a word."""

MOST_WORDS = 100
"""Words and phrases that a query may look for; each is read by every  that answers."""

MOST_CONDITIONS = 50
"""Filters, phrases, pictures and exclusions that a query may hold; each is a question of its own."""


class Sort(StrEnum):
    """What comes first among the photographs that were found."""

    SCORE = "score"
    DATE = "date"
    PATH = "path"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class WeightedText:
    """Plain words or a phrase, with how much they count beside the others."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """A picture to look like, or with a minus not to look like: a file, or a photograph's number in the library."""

    picture: str | int
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a query says.

    Attributes:
        words: In order; together they are the sentence that is looked for.
        minus: Words that must not be said of a photograph.
        likenesses: Pictures it should look like.
        conditions: What it must meet.
        sort: What comes first; none leaves it to the engine.
    """

    words: tuple[WeightedText, ...] = ()
    minus: tuple[str, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sort: Sort | None = None

    def looking_like(self, likeness: Likeness) -> Query:
        """The same query with one more picture to look like."""
        return replace(self, likenesses=(*self.likenesses, likeness))

    @property
    def places(self) -> tuple[PlaceCondition, ...]:
        """What it asks of paths."""
        return tuple(condition for condition in self.conditions if isinstance(condition, InFolder | InPath))

    @property
    def sentence(self) -> str:
        """The words as one sentence, empty where there are none."""
        return " ".join(part.text for part in self.words)

    @property
    def says_all(self) -> bool:
        """Whether it has words, and all of them are quoted, so that what says them answers it."""
        return bool(self.words) and all(Saying(part.text) in self.conditions for part in self.words)

    @property
    def ranks(self) -> bool:
        """Whether it asks for more than conditions, so that some photographs fit better than others."""
        return bool(self.words or self.likenesses)


@dataclass(slots=True)
class _Item:
    """One item as it stands in the query, with its place."""

    at: int
    minus: bool
    name: str
    value: str
    quoted: bool
    weight: str

    @property
    def shown(self) -> str:
        return f"{self.name}:{self.value}" if self.name else self.value


_ITEM = re.compile(
    r"""(?P<minus>[-\N{MINUS SIGN}])?
        (?:(?P<name>[^\W\d_](?:[\w'\N{RIGHT SINGLE QUOTATION MARK}-]*\w)?):(?=[^\s:]))?
        (?:"(?P<phrase>[^"]*)"(?::(?P<weight>[^\s"]*))? | (?P<plain>[^\s"]+))
        (?=\s|$)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_COMPARED = re.compile(r"(?P<name>[^\W\d_][\w-]*)(?:[<>!]=?|==?).*")
_PIXELS = re.compile(r"(?P<sign>[<>]=?|=)?(?P<one>\d{1,9})|(?P<low>\d{1,9})\.\.(?P<high>\d{1,9})")


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        QuerySyntaxError: It breaks the grammar; the error knows the place.
        EmptyQueryError: It asks for nothing: no word, picture or filter, or exclusions alone.
    """
    try:
        return _parse(text)
    except QuerySyntaxError as error:
        raise QuerySyntaxError(str(error), error.position, text) from None


def _parse(text: str) -> Query:
    if len(text) > LONGEST:
        raise QuerySyntaxError(f"the query has {len(text):,} characters, and may have {LONGEST:,}", LONGEST)
    draft = _Draft()
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        matched = _ITEM.match(text, at)
        if matched is None:
            raise _misquoted(text, at)
        quoted = matched["phrase"] is not None
        value = matched["phrase"] if quoted else matched["plain"]
        # A path may hold any bytes; words that were not decoded would silently lose letters.
        if (matched["name"] or "").lower() not in ("path", "name", "like") and re.search("[\ud800-\udfff]", value):
            raise QuerySyntaxError(
                f"at character {at + 1} the query holds bytes that are not text; write it in UTF-8", at
            )
        item = _Item(at, bool(matched["minus"]), matched["name"] or "", value, quoted, matched["weight"] or "")
        draft.add(item)
        draft.check_bounds(item)
        at = matched.end()
    return draft.query()


def _misquoted(text: str, at: int) -> QuerySyntaxError:
    mark = text.index('"', at)
    if text.count('"', mark) % 2:
        return QuerySyntaxError(f"the quotation mark at character {mark + 1} is never closed", mark)
    return QuerySyntaxError(f"a blank is missing beside the quotation mark at character {mark + 1}", mark)


@dataclass(slots=True)
class _Draft:
    """A query as far as it has been read."""

    words: list[WeightedText] = field(default_factory=list)
    minus: list[str] = field(default_factory=list)
    likenesses: list[Likeness] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    sort: Sort | None = None
    spoken: int = 0

    def add(self, item: _Item) -> None:
        name = item.name or item.value.removesuffix(":")
        if name.lower() in _NAMES and (item.value in ("", f"{name}:")) and not (item.quoted and not item.name):
            raise _error(item, f'"{name}:" stands without a value', "a value follows without a blank")
        if item.name.lower() == "sort":
            self._order(item)
        elif item.name.lower() == "like":
            number = re.fullmatch(r"#(\d{1,18})", item.value)
            self.likenesses.append(Likeness(int(number[1]) if number else item.value, item.minus))
        elif (condition := _CONDITIONS.get(item.name.lower())) is not None:
            self._require(condition(item), item)
        elif item.name and (_is_elsewhere(item.name) or not _is_weight(item.value)):
            raise _no_filter(item, item.name, weight=bool(_NUMBER.fullmatch(item.value)))
        else:
            self._compared(item)
            self._alternative(item)
            self._say(item)

    def query(self) -> Query:
        if self.minus and not (self.words or self.likenesses or self.conditions):
            raise EmptyQueryError("the query only says what not to show; add what to look for, such as: dog -beach")
        if not (self.words or self.likenesses or self.conditions):
            raise EmptyQueryError("the query holds no word; describe the picture, such as: a dog on a beach")
        if self.sort is Sort.SCORE and not (self.words or self.likenesses):
            raise EmptyQueryError("sort:score needs words or like:, by which some photographs fit better than others")
        return Query(tuple(self.words), tuple(self.minus), tuple(self.likenesses), tuple(self.conditions), self.sort)

    @staticmethod
    def _compared(item: _Item) -> None:
        """Refuses what other programs write for a filter, such as `rating>=4`."""
        compared = None if item.name or item.quoted else _COMPARED.fullmatch(item.value)
        if compared is None:
            return
        name = compared["name"].lower()
        if name in _NAMES:
            raise _error(item, f'"{item.value}" is no filter', f"write {name}: before its value")
        if _is_elsewhere(name):
            raise _no_filter(item, name, weight=False)

    @staticmethod
    def _alternative(item: _Item) -> None:
        """Refuses alternatives, which would be read as one more word."""
        if not (item.quoted or item.name) and (item.value == "OR" or "|" in item.value):
            at = item.at + (item.value.find("|") + item.minus if "|" in item.value else 0)
            raise QuerySyntaxError(
                f"alternatives are not understood, at character {at + 1} of the query; ask for each by itself, "
                "or leave this out: words together are one sentence",
                at,
            )

    def _say(self, item: _Item) -> None:
        """Takes words; a weight stands behind a phrase, or behind a word, where it looks like a filter's value."""
        text, weight = (item.name, item.value) if item.name else (item.value, item.weight)
        if weight and not _is_weight(weight):
            raise _error(
                item, f'"{weight}" is not a weight', f"a weight is a number up to {HEAVIEST:.0f}, as in beach:2"
            )
        spoken = len(asked_words(text))
        if not spoken:
            return
        self.spoken += spoken
        if item.minus:
            self.minus.append(text)
            return
        self.words.append(WeightedText(text, float(weight) if weight else 1.0))
        if item.quoted:
            self.conditions.append(Saying(text))

    def check_bounds(self, item: _Item) -> None:
        """Refuses the item with which the query becomes too long to answer."""
        if self.spoken > MOST_WORDS:
            raise _error(item, f"the query holds more than {MOST_WORDS} words", "leave some out")
        if len(self.minus) + len(self.likenesses) + len(self.conditions) > MOST_CONDITIONS:
            raise _error(
                item, f"the query holds more than {MOST_CONDITIONS} filters, phrases and exclusions", "leave some out"
            )

    def _require(self, condition: Condition, item: _Item) -> None:
        self.conditions.append(Not(condition) if item.minus else condition)

    def _order(self, item: _Item) -> None:
        if self.sort is not None or item.minus:
            raise _error(item, f'"{item.shown}" is a second order' if self.sort else "an order cannot be excluded")
        self.sort = Sort(_choice(item, list(Sort)))


def _error(item: _Item, wrong: str, hint: str = "") -> QuerySyntaxError:
    return QuerySyntaxError(
        f"{wrong}, at character {item.at + 1} of the query" + (f"; {hint}" if hint else ""), item.at
    )


def _no_filter(item: _Item, name: str, *, weight: bool) -> QuerySyntaxError:
    known = ", ".join(f"{name}:" for name in _NAMES)
    hint = f"known are {known}; quotation marks make it text"
    wrong = f'there is no filter "{name}:"'
    if weight and not _is_weight(item.value):
        wrong += f', and "{item.value}" is not a weight, which is a number up to {HEAVIEST:.0f}'
    elif weight:
        hint += f', and "{name}":2 counts double'
    return _error(item, wrong, hint)


def _is_elsewhere(name: str) -> bool:
    return re.sub("[-_]", "", name.lower()) in OTHER_FILTERS


def _is_weight(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value)) and float(value) <= HEAVIEST


def _choice(item: _Item, choices: list[str]) -> str:
    value = item.value.lower()
    if value not in choices:
        raise _error(item, f'"{item.value}" does not fit {item.name}:', f"choose {', '.join(choices)}")
    return value


def _caption(item: _Item) -> Condition:
    if not item.quoted and item.value.lower() in list(Judgement):
        return Judged(Judgement(item.value.lower()))
    if not asked_words(item.value):
        raise _error(item, f'"{item.shown}" holds no word')
    return Saying(item.value, captions_only=True)


def _span(item: _Item) -> tuple[datetime, datetime]:
    """The span of a date, or from one date to another, both included."""
    first, dots, last = item.value.partition("..")
    if not dots:
        return _date(item, item.value)
    start, end = _date(item, first)[0], _date(item, last)[1]
    if start >= end:
        raise _error(item, f'"{item.value}" ends before it begins')
    return start, end


def _date(item: _Item, text: str) -> tuple[datetime, datetime]:
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
        raise _error(
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


def _side(side: Literal["width", "height"]) -> Callable[[_Item], Condition]:
    def read(item: _Item) -> Condition:
        matched = _PIXELS.fullmatch(item.value)
        if matched is None:
            raise _error(item, f'"{item.value}" is not a size in pixels', f"write {side}:>2000 or {side}:1000..2000")
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


_CONDITIONS: Final[Mapping[str, Callable[[_Item], Condition]]] = {
    "path": lambda item: InPath(item.value),
    "name": lambda item: InPath(item.value, name=True),
    "tag": lambda item: Tagged(item.value),
    "caption": _caption,
    "after": lambda item: TakenWithin(_date(item, item.value)[0], None),
    "before": lambda item: TakenWithin(None, _date(item, item.value)[0]),
    "on": lambda item: TakenWithin(*_span(item)),
    "camera": lambda item: CameraNamed(item.value),
    "width": _side("width"),
    "height": _side("height"),
    "format": lambda item: InFormat(item.value.lower()),
    "dup": lambda item: Copied(_choice(item, ["yes", "no"]) == "yes"),
}

_NAMES: Final = ("like", *_CONDITIONS, "sort")

OTHER_FILTERS: Final = frozenset(
    re.split(
        r"\s+",
        """album altitude aperture archived aspect author bitdepth bitrate blur brightness codec colorlabel
        colour comments confidence contrast copies count created creator date dates day decade depth dimension
        dimensions dist distance dpi duration ev exif exposure ext f faces favorites favourite filename filesize
        filetype fnumber focal focallength fps geo gps hash hour hue id index iso keyword keywords lat latitude
        lens lng lon longitude megapixels mm modified month mp numfaces orientation pixels quality rank rated
        rating ratings ratio resolution saturation score shutter since size speed stars state stored taken time
        timestamp title type uid until updated version week weekday year years zoom""",
    )
)
"""Filters of other programs, whose numbers are no weights: who writes `rating:5` looks for no picture of a rating."""
