"""Moments are found as photographs are; of those of one film the best stands for the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index_data.albums import add_to_album
from index_data.catalogue.records import Moment
from index_data.library import Library
from search.engine.engine import Engine
from search.engine.hits import Hit
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from tests.unit.search.conftest import Made, put, put_film, reader_of

SHOTS = (Moment(0, 20, 7), Moment(20, 40, 30), Moment(40, 60, 59))
DEFAULT = SearchOptions(count=20)
ALL = SearchOptions(count=20, collapse_duplicates=False)


@pytest.fixture
def filmed(fresh: Callable[[], Library], tiny_model: Path) -> tuple[Library, Engine, list[int]]:
    """Two photographs, and a film between them whose middle comes closest to a dog."""
    library = fresh()
    dog = reader_of(tiny_model).encode_text(["a dog"])[0]
    across = np.roll(dog, 1) - dog * (np.roll(dog, 1) @ dog)
    across /= np.linalg.norm(across)

    def near(cosine: float) -> Made:
        vector = cosine * dog + np.sqrt(1 - cosine**2) * across
        return Made(vector.astype(np.float32), f"a picture at {cosine}")

    put(library, tiny_model, [near(0.9), near(0.5)])
    moments = put_film(library, tiny_model, b"/films/a.mp4", list(zip(SHOTS, map(near, (0.6, 0.8, 0.7)), strict=True)))
    return library, Engine(library, model=tiny_model), moments


def ask(engine: Engine, text: str, options: SearchOptions = DEFAULT) -> tuple[Hit, ...]:
    return engine.search(parse(text), options).hits


@pytest.mark.every_database
def test_the_best_moment_stands_for_its_film(filmed: tuple[Library, Engine, list[int]]) -> None:
    _, engine, moments = filmed
    hits = ask(engine, "a dog")
    assert [hit.image_id for hit in hits] == [1, moments[1], 2]
    assert [hit.moment for hit in hits] == [None, SHOTS[1], None]
    best = hits[1]
    assert best.paths == (b"/films/a.mp4",)
    assert best.video is not None
    assert best.video.duration == 60.0
    assert best.other_moments == (SHOTS[2], SHOTS[0])
    assert best.near_duplicates == ()
    assert [hit.image_id for hit in ask(engine, "a dog", ALL)] == [1, moments[1], moments[2], moments[0], 2]
    # What stands behind another is no hit: as many follow as were asked for.
    assert [hit.image_id for hit in ask(engine, "a dog", SearchOptions(count=3))] == [1, moments[1], 2]


def test_filters_tell_moments_from_photographs(filmed: tuple[Library, Engine, list[int]]) -> None:
    library, engine, moments = filmed
    assert [hit.image_id for hit in ask(engine, "a dog type:photo")] == [1, 2]
    assert [hit.image_id for hit in ask(engine, "a dog type:video")] == [moments[1]]
    assert [hit.moment for hit in ask(engine, "type:video")] == [SHOTS[0]]
    assert [hit.image_id for hit in ask(engine, "type:video", ALL)] == moments
    assert [hit.image_id for hit in ask(engine, "path:a.mp4 at:0:20")] == [moments[1]]
    assert [hit.image_id for hit in ask(engine, "at:1:00")] == [moments[2]]
    assert ask(engine, "type:video length:<30") == ()
    assert len(ask(engine, "length:1:00", ALL)) == 3
    # Whoever chose moments one by one sees each.
    add_to_album(library, "Best", moments[:2])
    assert [hit.image_id for hit in ask(engine, "album:Best")] == moments[:2]


def test_a_photograph_and_a_film_that_shows_it_stand_for_themselves(
    fresh: Callable[[], Library], tiny_model: Path
) -> None:
    library = fresh()
    dog = reader_of(tiny_model).encode_text(["a dog"])[0]
    shown = Made(dog, perceptual_hash=0x0F0F0F0F)
    put(library, tiny_model, [shown, shown])
    films = [put_film(library, tiny_model, path, [(SHOTS[0], shown)]) for path in (b"/a.mp4", b"/smaller/a.mp4")]
    photograph, moment = ask(Engine(library, model=tiny_model), "a dog")
    assert (photograph.image_id, photograph.near_duplicates) == (1, (b"/x/2",))
    assert ([moment.image_id], moment.near_duplicates) == (films[0], (b"/smaller/a.mp4",))
