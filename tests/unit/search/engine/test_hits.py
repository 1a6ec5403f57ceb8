"""What is said of hits: who says which word of the question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import delete

from captioning.model_file import read_model_file
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data.catalogue import schema
from index_data.library import Library
from search.engine.engine import Engine
from search.engine.hits import Why
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from tests.unit.search.conftest import Made, put

Fresh = Callable[[], Library]


def test_each_word_is_told_where_it_is_said(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    toward = NumpyTextEncoder(read_model_file(calibrated)).encode_text(["a dog"])[0]
    made = Made(toward, "a dog sits", {"cat": 0.8}, b"/beaches/red.png", "two Cats", ("reds", "Zebra"))
    put(library, calibrated, [made, Made(-toward)])
    engine = Engine(library, model=calibrated)
    (hit, other) = engine.search(
        parse("the red feline on a beach dog"), SearchOptions(count=2, include_irrelevant=True)
    ).hits
    assert hit.caption == "two Cats"
    assert hit.tags == ("Zebra", "reds")
    # The words as they were asked, in the question's order; a caption that is not shown explains nothing.
    assert hit.why == Why(caption=("feline",), keywords=("feline",), tags=("red",), path=("red", "beach"))
    assert hit.why.words == ("feline", "red", "beach")
    assert other.why.words == ()


def test_photographs_that_have_gone_meanwhile_are_left_out(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    draw = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
    put(library, calibrated, [Made(one / np.float32(np.linalg.norm(one))) for one in draw])
    engine = Engine(library, model=calibrated)
    answer = engine.search(parse("a dog"), SearchOptions(include_irrelevant=True, collapse_duplicates=False))
    gone = int(answer.ranking.image_ids[1])
    with library.transaction(write=True) as session:
        session.execute(delete(schema.Place).where(schema.Place.image_id == gone))
    hits = engine.hits(answer, 0, 3)
    assert [hit.rank for hit in hits] == [0, 2]
    assert gone not in [hit.image_id for hit in hits]
    assert engine.hits(answer, 4, 5) == ()
