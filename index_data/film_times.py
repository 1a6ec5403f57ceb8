"""Times in films as people write and read them: 1:23 is a minute and 23 seconds, 1:02:03 has an hour before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index_data.catalogue.records import Moment

_CLOCK = re.compile(
    r"(?:(?P<hours>[0-9]{1,3}):(?P<sixty>[0-5][0-9])|(?P<minutes>[0-9]{1,5})):(?P<rest>[0-5][0-9](?:\.[0-9]{1,6})?)"
)
_SECONDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")


def seconds_of(text: str) -> float | None:
    """Reads a time, such as `1:23`, `1:02:03.5` or `83`, in seconds; none where it is not one."""
    if _SECONDS.fullmatch(text):
        return float(text)
    matched = _CLOCK.fullmatch(text)
    if matched is None:
        return None
    return 3600 * int(matched["hours"] or 0) + 60 * int(matched["sixty"] or matched["minutes"]) + float(matched["rest"])


def moment_at(moments: Mapping[int, Moment], time: float) -> int | None:
    """Which of a film's moments, by their numbers, a person means by a time; none where nothing is shown then.

    It is the one that begins in this second, as times are printed to the second; else the one that shows it.
    """
    begun = [image for image, moment in moments.items() if time.is_integer() and floor(moment.start) == time]
    shown = [image for image, moment in moments.items() if moment.start <= time < moment.end]
    last = [image for image, moment in moments.items() if moment.end == time]
    return next(iter([*begun, *shown, *last]), None)


def moment_within(moments: Mapping[int, Moment], span: tuple[float, float]) -> int | None:
    """Which of a film's moments, by their numbers, is told of from one time to another; none where none is then.

    It is the one that shares the most seconds, which are at least half of the shorter of both.
    """
    start, end = span
    shared = {image: min(end, moment.end) - max(start, moment.start) for image, moment in moments.items()}
    image = max(shared, key=lambda number: shared[number], default=None)
    if image is None or 2 * shared[image] < min(end - start, moments[image].end - moments[image].start):
        return None
    return image


def split_time(name: bytes) -> tuple[bytes, float] | None:
    """Takes a name such as `film.mp4@1:23` apart; none where no time stands at its end."""
    film, at, time = name.rpartition(b"@")
    seconds = seconds_of(time.decode("ascii", "replace")) if film and at else None
    return None if seconds is None else (film, seconds)


def clock(seconds: float) -> str:
    """A time in a film as players show it, such as ``1:23``, or ``1:02:03`` from an hour on."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def named_moment(path: bytes, moment: Moment) -> bytes:
    """The name by which commands and queries know a moment, such as ``film.mp4@1:23.5``, a time well within it."""
    time = max(round(moment.time * 1000), ceil(moment.start * 1000))
    # A whole second means the moment that begins in it, which may be the next.
    time += time % 1000 == 0 and time + 1 < moment.end * 1000 < time + 1000
    seconds, thousandths = divmod(time, 1000)
    fraction = f".{thousandths:03}".rstrip("0").rstrip(".")
    return path + f"@{clock(seconds)}{fraction}".encode()
