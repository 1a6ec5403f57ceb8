"""Times in films as people read and write them."""

from __future__ import annotations

import pytest

from index_data.catalogue.records import Moment
from index_data.film_times import clock, moment_at, named_moment, split_time


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (7.999, "0:07"), (83, "1:23"), (3599.9, "59:59"), (3600, "1:00:00"), (45296, "12:34:56")],
)
def test_times_look_as_in_players(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("times", "name"),
    [
        ((80.0, 90.0, 83.5), b"a.mp4@1:23.5"),
        ((3700.0, 3800.0, 3723.042), b"a.mp4@1:02:03.042"),
        ((5.0333333, 7.0, 5.0333333), b"a.mp4@0:05.034"),
        ((0.0, 7.5, 7.0), b"a.mp4@0:07.001"),
        ((0.0, 9.0, 7.9996), b"a.mp4@0:08"),
        ((3.0, 9.0, 3.0), b"a.mp4@0:03"),
    ],
)
def test_a_moment_has_a_name_that_means_it(times: tuple[float, float, float], name: bytes) -> None:
    moment = Moment(*times)
    assert named_moment(b"a.mp4", moment) == name
    parts = split_time(name)
    assert parts is not None
    others = {1: Moment(0.0, moment.start, 0.0), 2: moment, 3: Moment(moment.end, moment.end + 9, moment.end)}
    assert moment_at(others, parts[1]) == 2
