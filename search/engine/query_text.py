"""Reads and changes the filters inside the text of a query, so that forms and typing are one."""

from __future__ import annotations

import re

from search.engine.query import Query, Sort
from search.engine.query_language import parse

_FILTER = r"(?:(?<=\s)|^){name}:(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^\s\"]+))(?=\s|$)"


def read(text: str) -> Query:
    """Reads a query that may also be empty, or an order alone: then it asks for everything.

    Raises:
        QuerySyntaxError: It breaks the grammar; the error knows the place.
        EmptyQueryError: It holds exclusions alone.
    """
    if not text.strip():
        return Query()
    if not without_filter(text, "sort"):
        order = filter_value(text, "sort").lower()
        if order in (Sort.DATE, Sort.PATH, Sort.RANDOM):
            return Query(sort=Sort(order))
    return parse(text)


def filter_value(text: str, name: str) -> str:
    """The value of the first filter of a name in a query; empty if there is none."""
    match = _pattern(name).search(text)
    return "" if match is None else (match["quoted"] if match["quoted"] is not None else match["plain"])


def without_filter(text: str, name: str) -> str:
    """A query without the filters of a name."""
    return " ".join(_pattern(name).sub("", text).split()) if _pattern(name).search(text) else text.strip()


def with_filter(text: str, name: str, value: str) -> str:
    """A query in which the filter of a name has this value, at the end; an empty value takes it out."""
    unfiltered = without_filter(text, name)
    value = value.replace('"', "").strip()
    if not value:
        return unfiltered
    quoted = f'"{value}"' if re.search(r"\s", value) else value
    return f"{unfiltered} {name}:{quoted}".strip()


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_FILTER.format(name=re.escape(name)), re.IGNORECASE)
