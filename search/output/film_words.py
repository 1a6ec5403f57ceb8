"""How moments of films look to people and to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index_data.film_times import clock

if TYPE_CHECKING:
    from index_data.catalogue.records import Moment


def span(moment: Moment) -> str:
    """When a moment begins and ends, with a dash between; one time where both are in the same second."""
    return "\N{EN DASH}".join(dict.fromkeys((clock(moment.start), clock(moment.end))))


def moment_record(moment: Moment) -> dict[str, float]:
    """When a moment is in its film as JSON values, in seconds to the millisecond."""
    return {name: round(seconds, 3) for name, seconds in moment._asdict().items()}
