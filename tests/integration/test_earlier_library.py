"""A library that an earlier version made, with an earlier model, opens, and answers once it is described anew.

The archive holds four drawn pictures and their catalogue as commit 74eec6b left it, without what is made again from
it: the vector indexes and the text encoder. One caption was edited, one accepted, one rejected, two pictures tagged.
"""

from __future__ import annotations

import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import read_model_file
from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.library import Library
from index_data.scan.events import Described, ScanFinished
from index_data.scan.pipeline import index_folders
from search.engine.engine import Engine
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.errors import ModelMismatchError

ARCHIVE = Path(__file__).parents[1] / "data" / "library-2026-11.tar.gz"
MODEL = "imgsearch-2@1ecbc18b6395"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """The library, whose pictures now lie in another folder."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    with closing(sqlite3.connect(tmp_path / "library" / "catalogue.sqlite")) as connection, connection:
        for number, path in connection.execute("SELECT id, path FROM place").fetchall():
            moved = bytes(tmp_path) + path
            connection.execute("UPDATE place SET path = ? WHERE id = ?", (moved, number))
    with Library.open(tmp_path / "library") as opened:
        yield opened


def names(engine: Engine, query: str) -> list[str]:
    return [Path(os.fsdecode(hit.paths[0])).name for hit in engine.search(parse(query), SearchOptions(count=4)).hits]


def check_words_of_people(library: Library) -> None:
    with library.transaction() as session:
        captions = session.execute(
            text("SELECT text, author, state FROM caption WHERE state NOT IN ('proposed', 'withdrawn') ORDER BY id")
        )
        tags = session.execute(text("SELECT image_id, name FROM tag ORDER BY image_id"))
        assert [tuple(row) for row in captions] == [
            ("a person with a black shirt is in front of it", "model", "accepted"),
            ("a image of a blue of the background", "model", "rejected"),
            ("a person with a red field of the air", "model", "edited"),
            ("a red field at dusk", "person", "accepted"),
        ]
        assert [tuple(row) for row in tags] == [(1, "plain"), (4, "plain")]


def test_what_people_wrote_is_there_and_found(library: Library) -> None:
    assert library.read(catalogue.answering_models)[0].id == MODEL
    check_words_of_people(library)
    assert sorted(names(Engine(library), "tag:plain")) == ["blue.png", "red.png"]


def test_a_query_by_meaning_says_that_another_model_described_it(library: Library) -> None:
    shipped = read_model_file().identity.id
    assert shipped != MODEL
    with pytest.raises(
        ModelMismatchError, match=f"described by the model {MODEL}, this is {shipped}; describe it anew"
    ):
        names(Engine(library), "a red field")


def test_described_anew_it_answers_as_then(library: Library, tmp_path: Path) -> None:
    *_, last = index_folders(library, [tmp_path / "photos"], LazyCaptioner.open())
    assert last == ScanFinished(ScanCounts(unchanged=4), Described(4))
    assert [model.id for model in library.read(catalogue.answering_models)] == [read_model_file().identity.id]
    check_words_of_people(library)
    engine = Engine(library)
    assert names(engine, "a red field") == ["red.png"]
    assert names(engine, "dusk") == ["red.png"]
    assert sorted(names(engine, "tag:plain")) == ["blue.png", "red.png"]
    assert engine.search(parse("a red field"), SearchOptions(count=1)).hits[0].probability == pytest.approx(
        0.97, abs=0.02
    )
