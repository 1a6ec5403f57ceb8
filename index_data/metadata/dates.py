"""Reads dates in every spelling that cameras and programs have for them, and chooses the one that says most."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

EARLIEST, LATEST = 1800, 2200
"""Years between which photographs may have been taken; what says otherwise is nonsense."""

_SEPARATED = re.compile(
    r"""
    (?P<year>\d{4}) \s* [-:/.\u5e74] \s* (?P<month>\d{1,2}) \s* [-:/.\u6708] \s* (?P<day>\d{1,2}) (?:\s*\u65e5)?
    (?: [T\s,;_-]+ (?P<before>[AaPp]\.?[Mm]\.?|\u4e0a\u5348|\u4e0b\u5348|\u5348\u524d|\u5348\u5f8c)? \s*
        (?P<hour>\d{1,2}) \s* [:.\-\u65f6\u6642] \s* (?P<minute>\d{1,2}) \s* \u5206?
        (?: \s* [:.\-] \s* (?P<second>\d{1,2}) \s* \u79d2? (?: [.,:] (?P<part>\d{1,9}) )? )?
        \s* (?P<half>[AaPp]\.?[Mm]\.?)?
    )?
    """,
    re.VERBOSE,
)
_CLOSE = re.compile(
    r"(?:D:)?(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[T\s_-]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?:[.,](?P<part>\d{1,9}))?)?(?!\d)"
)
_PARTIAL = re.compile(r"(?P<year>\d{4})(?:[-:/](?P<month>\d{1,2}))?\s*$")
_ZONE = re.compile(r"\s*(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})\s*$")
_NAMED = re.compile(
    r"""
    (?:
        (?P<day>\d{1,2}) [\s-]+ (?P<month>[A-Za-z]{3})[a-z]* [\s-]
        | (?P<month2>[A-Za-z]{3})[a-z]* \s+ (?P<day2>\d{1,2}) \b
    )
    ,? (?: \s* (?P<clock>\d{1,2}:\d{2}(?::\d{2})?) )? (?: \s+ [A-Z]{3,4} )? \s*
    (?P<year>\d{4}) \b (?: ,? \s+ (?P<clock2>\d{1,2}:\d{2}(?::\d{2})?) )?
    """,
    re.VERBOSE,
)
_IN_NAME = re.compile(
    r"""
    (?<!\d) (?P<year>(?:19|20)\d\d) (?P<mark>[-_.]?) (?P<month>0[1-9]|1[0-2]) (?P=mark) (?P<day>0[1-9]|[12]\d|3[01])
    (?: (?:[-_\sT]|\s+at\s+) (?P<hour>[01]\d|2[0-3]) [-_.:]? (?P<minute>[0-5]\d) [-_.:]? (?P<second>[0-5]\d) \d{0,3} )?
    (?!\d)
    """,
    re.VERBOSE,
)
_SEPARATOR = os.fsencode(os.sep)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AFTERNOON = ("p", "\u4e0b", "\u5348\u5f8c")


def read_date(text: str, *, part: str = "") -> datetime | None:
    """Reads a date by the clock on the spot: a zone that it names says where that was and is left out.

    Args:
        text: In any spelling; what is padded, zero or nonsense is no date.
        part: Decimals of a second that stand elsewhere, as in EXIF's SubSecTime.

    Returns:
        Without a zone; the first day where only year or month are given.
    """
    text = " ".join(text.replace("\0", " ").split())[:64]
    for pattern in (_SEPARATED, _CLOSE, _PARTIAL):
        if matched := pattern.match(text):
            return _date(matched.groupdict(), part)
    if matched := _NAMED.search(text):
        groups = matched.groupdict()
        name = (groups["month"] or groups["month2"]).lower()
        clock = (groups["clock"] or groups["clock2"] or "0:0").split(":")
        if name not in _MONTHS:
            return None
        fields = {"year": groups["year"], "month": str(_MONTHS.index(name) + 1), "day": groups["day"] or groups["day2"]}
        return _date({**fields, **dict(zip(("hour", "minute", "second"), clock, strict=False))}, part)
    return None


def date_in_name(path: bytes) -> datetime | None:
    """Reads the date that phones and programs put into a file's name, such as ``IMG_20190714_120000.jpg``."""
    name = path.rpartition(_SEPARATOR)[2].decode("utf-8", "replace")
    matched = _IN_NAME.search(name)
    return None if matched is None else _date(matched.groupdict(), "")


def read_zone(text: str) -> timedelta | None:
    """Reads a zone such as ``+09:00`` or ``Z``, also from the end of a date."""
    text = text.replace("\0", " ").strip()
    if text.endswith(("Z", "z")):
        return timedelta()
    matched = _ZONE.search(text)
    if matched is None or int(matched["hours"]) > 14 or int(matched["minutes"]) > 59:
        return None
    size = timedelta(hours=int(matched["hours"]), minutes=int(matched["minutes"]))
    return -size if matched["sign"] == "-" else size


def first_date(dates: Iterable[datetime | None]) -> datetime | None:
    """The first that is one."""
    return next((date for date in dates if date is not None), None)


def _date(fields: dict[str, str | None], part: str) -> datetime | None:
    def number(name: str, missing: int = 0) -> int:
        return int(fields.get(name) or missing)

    hour, second = number("hour"), min(number("second"), 59)
    half = (fields.get("before") or fields.get("half") or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + 12 * half.startswith(_AFTERNOON)
    digits = (fields.get("part") or "".join(filter(str.isdigit, part)))[:6]
    # Some phones call midnight 24 o'clock.
    late = hour == 24 and number("minute") == 0
    try:
        date = datetime(
            number("year"),
            number("month", 1),
            number("day", 1),
            0 if late else hour,
            number("minute"),
            second,
            int(digits.ljust(6, "0")) if digits else 0,
        )
    except ValueError:
        return None
    return date if EARLIEST <= date.year <= LATEST else None
