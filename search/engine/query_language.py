"""The language of queries, the same for every face: words, "phrases", -exclusions, weights, likenesses and filters.

query   = { item }
item    = [ "-" ] ( word [ ":" weight ] | phrase [ ":" weight ] | name ":" value )
phrase  = '"' any text '"'
value   = text without blanks | phrase
name    = like | path | name | tag | caption | after | before | on | camera | width | height | format
        | rating | label | picked | favourite | album | type | length | at | dup | sort
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from index_data.catalogue.conditions import Condition, Not, Saying
from index_data.catalogue.search_words import asked_words
from search.engine.query import Likeness, Query, Sort, WeightedText
from search.engine.query_filters import CONDITIONS, FILTER_NAMES, QueryItem, is_elsewhere, item_error, read_choice
from search.errors import EmptyQueryError, QuerySyntaxError

LONGEST = 2000
"""Characters a query may have."""

HEAVIEST = 100.0
"""The largest weight of a word."""

MOST_WORDS = 100
"""Words and phrases that a query may look for; each is read by every model that answers."""

MOST_CONDITIONS = 50
"""Filters, phrases, pictures and exclusions that a query may hold; each is a question of its own."""

_ITEM = re.compile(
    r"""(?P<minus>[-\N{MINUS SIGN}])?
        (?:(?P<name>[^\W\d_](?:[\w'\N{RIGHT SINGLE QUOTATION MARK}-]*\w)?):(?=[^\s:]))?
        (?:"(?P<phrase>[^"]*)"(?::(?P<weight>[^\s"]*))? | (?P<plain>[^\s"]+))
        (?=\s|$)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_COMPARED = re.compile(r"(?P<name>[^\W\d_][\w-]*)(?:[<>!]=?|==?).*")


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
        item = QueryItem(at, bool(matched["minus"]), matched["name"] or "", value, quoted, matched["weight"] or "")
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

    def add(self, item: QueryItem) -> None:
        name = item.name or item.value.removesuffix(":")
        if name.lower() in FILTER_NAMES and (item.value in ("", f"{name}:")) and not (item.quoted and not item.name):
            raise item_error(item, f'"{name}:" stands without a value', "a value follows without a blank")
        if item.name.lower() == "sort":
            self._order(item)
        elif item.name.lower() == "like":
            number = re.fullmatch(r"#(\d{1,18})", item.value)
            self.likenesses.append(Likeness(int(number[1]) if number else item.value, item.minus))
        elif (condition := CONDITIONS.get(item.name.lower())) is not None:
            self._require(condition(item), item)
        elif item.name and (is_elsewhere(item.name) or not _is_weight(item.value)):
            raise _no_filter(item, item.name, weight=bool(_NUMBER.fullmatch(item.value)))
        else:
            self._compared(item)
            self._alternative(item)
            self._say(item)

    def query(self) -> Query:
        if self.minus and not (self.words or self.likenesses or self.conditions):
            raise EmptyQueryError("the query only says what not to show; add what to look for, such as: dog -beach")
        if not (self.words or self.likenesses or self.conditions or self.sort):
            raise EmptyQueryError("the query holds no word; describe the picture, such as: a dog on a beach")
        if self.sort is Sort.SCORE and not (self.words or self.likenesses):
            raise EmptyQueryError("sort:score needs words or like:, by which some photographs fit better than others")
        return Query(tuple(self.words), tuple(self.minus), tuple(self.likenesses), tuple(self.conditions), self.sort)

    @staticmethod
    def _compared(item: QueryItem) -> None:
        """Refuses what other programs write for a filter, such as `rating>=4`."""
        compared = None if item.name or item.quoted else _COMPARED.fullmatch(item.value)
        if compared is None:
            return
        name = compared["name"].lower()
        if name in FILTER_NAMES:
            raise item_error(item, f'"{item.value}" is no filter', f"write {name}: before its value")
        if is_elsewhere(name):
            raise _no_filter(item, name, weight=False)

    @staticmethod
    def _alternative(item: QueryItem) -> None:
        """Refuses alternatives, which would be read as one more word."""
        if not (item.quoted or item.name) and (item.value == "OR" or "|" in item.value):
            at = item.at + (item.value.find("|") + item.minus if "|" in item.value else 0)
            raise QuerySyntaxError(
                f"alternatives are not understood, at character {at + 1} of the query; ask for each by itself, "
                "or leave this out: words together are one sentence",
                at,
            )

    def _say(self, item: QueryItem) -> None:
        """Takes words; a weight stands behind a phrase, or behind a word, where it looks like a filter's value."""
        text, weight = (item.name, item.value) if item.name else (item.value, item.weight)
        if weight and not _is_weight(weight):
            raise item_error(
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

    def check_bounds(self, item: QueryItem) -> None:
        """Refuses the item with which the query becomes too long to answer."""
        if self.spoken > MOST_WORDS:
            raise item_error(item, f"the query holds more than {MOST_WORDS} words", "leave some out")
        if len(self.minus) + len(self.likenesses) + len(self.conditions) > MOST_CONDITIONS:
            raise item_error(
                item, f"the query holds more than {MOST_CONDITIONS} filters, phrases and exclusions", "leave some out"
            )

    def _require(self, condition: Condition, item: QueryItem) -> None:
        self.conditions.append(Not(condition) if item.minus else condition)

    def _order(self, item: QueryItem) -> None:
        if self.sort is not None or item.minus:
            raise item_error(item, f'"{item.shown}" is a second order' if self.sort else "an order cannot be excluded")
        self.sort = Sort(read_choice(item, list(Sort)))


def _no_filter(item: QueryItem, name: str, *, weight: bool) -> QuerySyntaxError:
    known = ", ".join(f"{name}:" for name in FILTER_NAMES)
    hint = f"known are {known}; quotation marks make it text"
    wrong = f'there is no filter "{name}:"'
    if weight and not _is_weight(item.value):
        wrong += f', and "{item.value}" is not a weight, which is a number up to {HEAVIEST:.0f}'
    elif weight:
        hint += f', and "{name}":2 counts double'
    return item_error(item, wrong, hint)


def _is_weight(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value)) and float(value) <= HEAVIEST
