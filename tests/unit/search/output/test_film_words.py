"""Times in films as people and programs read them."""

from __future__ import annotations

import pytest

from index_data.catalogue.records import Moment
from search.output.film_words import clock, moment_record, named_moment, span


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (7.999, "0:07"), (83, "1:23"), (3599.9, "59:59"), (3600, "1:00:00"), (45296, "12:34:56")],
)
def test_times_look_as_in_players(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_a_moment_goes_from_one_time_to_another() -> None:
    assert span(Moment(83.2, 91.9, 85.0)) == "1:23\N{EN DASH}1:31"
    assert span(Moment(83.2, 83.9, 83.5)) == "1:23"
    assert span(Moment(3590.0, 3605.0, 3600.0)) == "59:50\N{EN DASH}1:00:05"


def test_programs_get_seconds() -> None:
    assert moment_record(Moment(83.20004, 91.5, 85.0)) == {"start": 83.2, "end": 91.5, "time": 85.0}


@pytest.mark.parametrize(
    ("time", "name"),
    [(83.5, b"a.mp4@1:23.5"), (7.0, b"a.mp4@0:07"), (7.9996, b"a.mp4@0:08"), (3723.042, b"a.mp4@1:02:03.042")],
)
def test_a_moment_has_a_name_that_commands_take(time: float, name: bytes) -> None:
    assert named_moment(b"a.mp4", Moment(0.0, 9999.0, time)) == name
