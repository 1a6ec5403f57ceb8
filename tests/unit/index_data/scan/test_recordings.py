from __future__ import annotations

from index_data.scan.recordings import OLD, REST, Recordings
from index_data.scan.walk import FoundFile, Kind


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def film(size: int, seconds: float) -> FoundFile:
    return FoundFile(b"/film.mp4", size, round(seconds * 1e9), Kind.VIDEO)


def test_a_film_is_complete_when_its_size_and_time_have_rested() -> None:
    clock = Clock()
    recordings = Recordings(clock, clock)
    recorded = film(10, clock.seconds)
    assert not recordings.is_complete(recorded)
    clock.seconds += REST - 1
    assert not recordings.is_complete(recorded)
    assert not recordings.are_due()
    # It grows while its time stays, as on some drives.
    recorded = film(20, recorded.mtime_ns / 1e9)
    assert not recordings.is_complete(recorded)
    clock.seconds += REST - 1
    assert not recordings.is_complete(recorded)
    clock.seconds += 1
    assert recordings.are_due()
    assert recordings.is_complete(recorded)
    assert not recordings.are_due()


def test_nobody_waits_for_an_old_film_nor_for_ever_for_one_from_the_future() -> None:
    clock = Clock()
    recordings = Recordings(clock, clock)
    assert recordings.is_complete(film(10, clock.seconds - OLD - 1))
    assert not recordings.are_due()
    ahead = film(10, clock.seconds + 3600)
    assert not recordings.is_complete(ahead)
    clock.seconds += REST
    assert recordings.is_complete(ahead)
