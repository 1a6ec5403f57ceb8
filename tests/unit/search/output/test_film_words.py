"""Moments of films as people and programs read them."""

from __future__ import annotations

from index_data.catalogue.records import Moment
from search.output.film_words import moment_record, span


def test_a_moment_goes_from_one_time_to_another() -> None:
    assert span(Moment(83.2, 91.9, 85.0)) == "1:23\N{EN DASH}1:31"
    assert span(Moment(83.2, 83.9, 83.5)) == "1:23"
    assert span(Moment(3590.0, 3605.0, 3600.0)) == "59:50\N{EN DASH}1:00:05"


def test_programs_get_seconds() -> None:
    assert moment_record(Moment(83.20004, 91.5, 85.0)) == {"start": 83.2, "end": 91.5, "time": 85.0}
