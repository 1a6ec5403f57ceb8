"""Pages glued together are the whole ranking, also while photographs come and go."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import delete

from index_data import catalogue
from index_data.catalogue import schema
from index_data.library import Library
from search.engine import candidates
from search.engine.engine import Engine
from search.engine.options import SearchOptions
from search.engine.paging import Cursor, query_key, read_cursor
from search.engine.query_language import parse
from search.errors import CursorError, RankError
from tests.unit.search.conftest import put, random_photographs

Fresh = Callable[[], Library]
QUERIES = (
    "a dog",
    "beach -dog",
    "a dog sort:date",
    "a dog sort:path",
    "cat sort:random",
    "width:>110",
    "dog width:<150",
)


def pages(
    engine: Engine, text: str, *, count: int, options: SearchOptions, between: Callable[[], object] = lambda: None
) -> list[int]:
    """The numbers of all hits, page by page."""
    numbers: list[int] = []
    cursor = None
    while True:
        answer = engine.search(parse(text), replace(options, count=count, cursor=cursor))
        assert len(answer.hits) == count or answer.cursor is None
        numbers += [hit.image_id for hit in answer.hits]
        cursor = answer.cursor
        if cursor is None:
            return numbers
        between()


@pytest.mark.parametrize(("photographs", "count"), [(18, 1), (60, 7)])
def test_pages_glued_together_are_the_whole_ranking(
    fresh: Fresh, calibrated: Path, monkeypatch: pytest.MonkeyPatch, photographs: int, count: int
) -> None:
    monkeypatch.setattr(candidates, "DEPTH", 70)
    library = fresh()
    put(library, calibrated, random_photographs(count, photographs))
    engine = Engine(library, model=calibrated)
    for text, everything in itertools.product(QUERIES, (False, True)):
        options = SearchOptions(include_irrelevant=everything, seed=count)
        whole = engine.search(parse(text), options).ranking.image_ids.tolist()
        assert whole
        assert pages(engine, text, count=count, options=options) == whole, text


def test_no_hit_twice_and_none_left_out_while_photographs_come(fresh: Fresh, calibrated: Path) -> None:
    for at, text in enumerate(QUERIES):
        library = fresh()
        first = put(library, calibrated, random_photographs(at, 18))
        engine = Engine(library, model=calibrated)
        options = SearchOptions(include_irrelevant=True, collapse_duplicates=False)
        before = engine.search(parse(text), options).ranking.image_ids.tolist()
        seeds = iter(range(100, 200))
        glued = pages(
            engine,
            text,
            count=4,
            options=options,
            between=lambda library=library, seeds=seeds: put(library, calibrated, random_photographs(next(seeds), 1)),  # type: ignore[misc]
        )
        assert len(set(glued)) == len(glued)
        assert [image for image in glued if image in first] == before


@pytest.mark.every_database
def test_the_last_hit_of_a_page_may_vanish(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(3, 20))
    engine = Engine(library, model=calibrated)
    options = SearchOptions(include_irrelevant=True, collapse_duplicates=False)
    whole = engine.search(parse("a dog"), options).ranking.image_ids.tolist()
    page = engine.search(parse("a dog"), replace(options, count=5))
    with library.transaction(write=True) as session:
        session.execute(delete(schema.Place).where(schema.Place.image_id == page.hits[-1].image_id))
        catalogue.advance_vector_generation(session)
    following = engine.search(parse("a dog"), replace(options, count=5, cursor=page.cursor))
    assert [hit.image_id for hit in following.hits] == whole[5:10]


def test_a_random_order_goes_on_in_its_own_order(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(4, 25))
    engine = Engine(library, model=calibrated)
    query = parse("width:>0 sort:random")
    page = engine.search(query, SearchOptions(count=5, seed=77))
    # Later pages are asked with the cursor alone.
    following = engine.search(query, SearchOptions(count=20, cursor=page.cursor, seed=5))
    order = engine.search(query, SearchOptions(seed=77)).ranking.image_ids.tolist()
    assert [hit.image_id for hit in (*page.hits, *following.hits)] == order


def test_a_cursor_belongs_to_its_query(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(5, 20))
    engine = Engine(library, model=calibrated)
    cursor = engine.search(parse("a dog"), SearchOptions(count=2, include_irrelevant=True)).cursor
    assert cursor is not None
    for text, options in (
        ("a cat", SearchOptions(include_irrelevant=True)),
        ("a dog", SearchOptions()),
        ("a dog", SearchOptions(include_irrelevant=True, collapse_duplicates=False)),
    ):
        with pytest.raises(CursorError, match="the cursor belongs to another query"):
            engine.search(parse(text), replace(options, count=2, cursor=cursor))


def test_ranks_that_no_hit_has_are_refused(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(6, 5))
    engine = Engine(library, model=calibrated)
    with pytest.raises(RankError, match="there is no hit 6; the query has 5 without --more and --less"):
        engine.search(parse("a dog"), SearchOptions(count=2, include_irrelevant=True, more=(5,)))
    assert engine.search(parse("a dog"), SearchOptions(count=2, include_irrelevant=True, more=(4,), less=(0,))).hits


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=5)
)


@given(st.text() | JSON.map(packed))
@example(packed(["q", 1, 2]))
@example(packed(["q", -1, 2, 3]))
@example(packed(["q", 1e400, 2, 3]))
@example(packed(["q", 10**30, 2, 3]))
@example(packed({"0": "q"}))
@example(base64.urlsafe_b64encode(b"[" * 100_000).decode())
def test_what_is_no_cursor_is_refused(word: str) -> None:
    with pytest.raises(CursorError, match="the cursor"):
        read_cursor(word, query=query_key("a query"))


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_cursor_is_read_as_it_was_written(rank: int, image: int, seed: int) -> None:
    cursor = Cursor("q", rank, image, seed)
    assert read_cursor(cursor.write(), query="q") == cursor
    assert set(cursor.write()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
