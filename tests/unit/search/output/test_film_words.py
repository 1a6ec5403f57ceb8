"""Times in films as people and programs read them."""

from __future__ import annotations

import pytest

from index_data.catalogue.records import Moment
from index_data.film_times import moment_at, split_time
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
    ("times", "name"),
    [
        ((80.0, 90.0, 83.5), b"a.mp4@1:23.5"),
        ((3700.0, 3800.0, 3723.042), b"a.mp4@1:02:03.042"),
        ((5.0333333, 7.0, 5.0333333), b"a.mp4@0:05.034"),
        ((0.0, 7.5, 7.0), b"a.mp4@0:07.001"),
        ((0.0, 9.0, 7.9996), b"a.mp4@0:08.001"),
    ],
)
def test_a_moment_has_a_name_that_means_it(times: tuple[float, float, float], name: bytes) -> None:
    moment = Moment(*times)
    assert named_moment(b"a.mp4", moment) == name
    parts = split_time(name)
    assert parts is not None
    others = {1: Moment(0.0, moment.start, 0.0), 2: moment, 3: Moment(moment.end, moment.end + 9, moment.end)}
    assert moment_at(others, parts[1]) == 2
