"""The film of a moment as the browser tells it, and the names of moments."""

from __future__ import annotations

from index_data.catalogue.records import Moment, VideoRecord
from search.output.film_names import file_and_time, named_place
from search.tui.browse.film import Film

FILM = Film(VideoRecord(7, 83.9), {3: Moment(0.0, 8.2, 4.0), 5: Moment(8.2, 61.0, 30.0), 4: Moment(61.0, 83.9, 70.0)})


def test_moments_follow_each_other_by_time_and_end_at_the_ends() -> None:
    assert [FILM.beside(image, 1) for image in FILM.moments] == [5, 4, None]
    assert [FILM.beside(image, -1) for image in FILM.moments] == [None, 3, 5]
    # The film was divided anew, and no longer holds it.
    assert FILM.beside(9, 1) is None


def test_a_moment_is_told_with_its_place_in_the_film() -> None:
    assert FILM.when(5) == "0:08\N{EN DASH}1:01 of 1:23"
    assert FILM.place(4) == "moment 3 of 3"


def test_photographs_keep_the_names_of_their_files() -> None:
    assert file_and_time(b"/films/a\x1b.mp4", FILM.moments[3]) == "a\\x1b.mp4 0:00\N{EN DASH}0:08"
    assert file_and_time(b"/films/a.jpg", None) == "a.jpg"
    assert named_place(b"/films/a.jpg", None) == b"/films/a.jpg"
    assert named_place(b"/films/a.mp4", FILM.moments[5]).startswith(b"/films/a.mp4@0:")
