"""How times in films look: where a moment begins and ends, and how long a film is."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index_data.catalogue.records import Moment


def clock(seconds: float) -> str:
    """A time in a film as players show it, such as ``1:23``, or ``1:02:03`` from an hour on."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def span(moment: Moment) -> str:
    """When a moment begins and ends, with a dash between; one time where both are in the same second."""
    return "\N{EN DASH}".join(dict.fromkeys((clock(moment.start), clock(moment.end))))


def named_moment(path: bytes, moment: Moment) -> bytes:
    """The name by which commands and queries know a moment, such as ``film.mp4@1:23.5``, a time well within it."""
    time = max(round(moment.time * 1000), ceil(moment.start * 1000))
    # A whole second means the moment that begins in it.
    time += time % 1000 == 0 and time + 1 < moment.end * 1000
    seconds, thousandths = divmod(time, 1000)
    fraction = f".{thousandths:03}".rstrip("0").rstrip(".")
    return path + f"@{clock(seconds)}{fraction}".encode()


def moment_record(moment: Moment) -> dict[str, float]:
    """When a moment is in its film as JSON values, in seconds to the millisecond."""
    return {name: round(seconds, 3) for name, seconds in moment._asdict().items()}
