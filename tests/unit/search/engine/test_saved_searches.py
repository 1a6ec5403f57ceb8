"""Saved searches are filters as albums are, hold what their queries find, and never ask for themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from index_data import albums, catalogue
from index_data.catalogue.conditions import Condition, InAlbum, Not
from index_data.errors import UnknownAlbumError
from index_data.library import Library
from search.engine.engine import Engine
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.engine.saved_searches import asked_anew, rename, save
from search.errors import EmptyQueryError, QuerySyntaxError, SavedSearchError
from tests.unit.search.conftest import START, Made, put

CAPTIONS = ("a dog", "the cat sits", "red", "two beach", "blue picture runs")


@pytest.fixture
def library(fresh: Callable[[], Library], calibrated: Path) -> Library:
    """Five photographs, a day after each other; the first two are tagged, the third and the first are in an album."""
    made = fresh()
    vectors = np.eye(8, dtype=np.float32)
    put(
        made,
        calibrated,
        [
            Made(vectors[at], words, tags=("pet",) * (at < 2), kept=words, taken=START + timedelta(days=at))
            for at, words in enumerate(CAPTIONS)
        ],
    )
    albums.add_to_album(made, "My Trip", [3, 1])
    return made


@pytest.fixture
def ask(library: Library, calibrated: Path) -> Callable[[str], list[int]]:
    """Gives the numbers of what a query finds."""
    engine = Engine(library, model=calibrated)
    return lambda text: engine.search(parse(text), SearchOptions()).ranking.image_ids.tolist()


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("album:Trip", InAlbum("Trip")),
        ('album:"My Trip"', InAlbum("My Trip")),
        ("album:none", Not(InAlbum("*"))),
        ("album:NONE", Not(InAlbum("*"))),
        ("-album:Trip", Not(InAlbum("Trip"))),
        ("-album:none", Not(Not(InAlbum("*")))),
    ],
)
def test_albums_are_filters(text: str, condition: Condition) -> None:
    assert parse(text).conditions == (condition,)


def test_an_album_is_found_in_its_order(ask: Callable[[str], list[int]], library: Library) -> None:
    assert ask('album:"my trip"') == [3, 1]
    assert ask("album:my*") == [3, 1]
    albums.add_to_album(library, "my trip", [5], at=0)
    assert ask('album:"my trip"') == [5, 3, 1]
    assert ask('album:"my trip" tag:pet') == [1]
    assert ask('album:"my trip" sort:date') == [5, 3, 1]
    assert ask("album:none") == [4, 2]
    assert ask("-album:none sort:date") == [5, 3, 1]
    assert set(ask('-album:"my trip" dog')) <= {2, 4, 5}
    assert ask('album:"my trip" "dog"') == [1]


@pytest.mark.every_database
def test_a_saved_search_holds_what_its_query_finds(ask: Callable[[str], list[int]], library: Library) -> None:
    assert save(library, "Pets", "tag:pet -cat") == "Pets"
    save(library, "Both", 'album:pets album:"my trip"')
    assert ask("album:PETS") == [1]
    assert ask("-album:Pets") == [5, 4, 3, 2]
    assert ask("album:Both") == [1]
    assert ask("album:none") == [5, 4, 2], "a saved search is no album that holds a photograph"
    save(library, "Pets", "tag:pet sort:path", replace_former=True)
    assert ask("album:pets") == [2, 1]
    save(library, "Dogs", '"dog"')
    assert ask("album:dogs album:both") == [1]
    assert ask("album:p*") == []


def test_a_saved_search_never_asks_for_itself(ask: Callable[[str], list[int]], library: Library) -> None:
    with pytest.raises(SavedSearchError, match='a saved search cannot ask for itself: "Pets" asks for "pets"'):
        save(library, "Pets", "tag:pet album:pets")
    save(library, "Pets", "tag:pet")
    save(library, "Ours", "-album:pets")
    with pytest.raises(SavedSearchError, match='"Pets" asks for "Ours" asks for "pets"'):
        save(library, "Pets", "album:Ours", replace_former=True)
    # As another program, or a merge, could have left it.
    albums.save_search(library, "Pets", "album:Ours", replace=True)
    with pytest.raises(SavedSearchError, match='a saved search cannot ask for itself: "Pets" asks for "Ours" asks'):
        ask("album:Pets")


def test_what_cannot_be_asked_cannot_be_saved(ask: Callable[[str], list[int]], library: Library) -> None:
    with pytest.raises(QuerySyntaxError, match="is not a date"):
        save(library, "Old", "before:tuesday")
    with pytest.raises(EmptyQueryError):
        save(library, "Nothing", "?!")
    with pytest.raises(UnknownAlbumError, match='there is no album or saved search "trip"'):
        save(library, "Trips", "album:trip")
    with pytest.raises(UnknownAlbumError):
        ask("dog album:trip")
    albums.save_search(library, "Old", "before:tuesday")
    with pytest.raises(SavedSearchError, match='the saved search "Old" cannot be read: "tuesday" is not a date'):
        ask("album:old")


def test_many_nested_searches_are_asked_once_each(library: Library, ask: Callable[[str], list[int]]) -> None:
    save(library, "0", "tag:pet")
    for depth in range(1, 16):
        save(library, str(depth), f"album:{depth - 1} -album:{depth - 1} album:{depth - 1}")
    assert ask("album:15") == []


def test_searches_follow_an_album_that_is_renamed(library: Library, ask: Callable[[str], list[int]]) -> None:
    save(library, "Pets", 'tag:pet -album:"MY TRIP" "album:no filter"')
    assert rename(library, "my trip", "Sylt") == ("My Trip", "Sylt")
    (query,) = [album.query for album in library.read(catalogue.albums) if album.query]
    assert query == 'tag:pet -album:"Sylt" "album:no filter"'
    assert rename(library, "SYLT", "sylt") == ("Sylt", "sylt")
    assert ask("album:sylt") == [3, 1]
    assert asked_anew("album:a ALBUM:b -album:a", "A", "c d") == 'album:"c d" ALBUM:b -album:"c d"'
