"""What a merge or a restore brings in is as clean as what people type, whoever wrote the catalogue."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.albums import add_to_album, save_search
from index_data.annotation.actions import Annotations
from index_data.annotation.normalize import LONGEST, visible
from index_data.catalogue.conditions import Mark
from index_data.catalogue.sqlite.backup import back_up
from index_data.catalogue.sqlite.foreign_words import UNREADABLE, clean_words
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.maintenance.merge import merge
from index_data.maintenance.restore import restore
from index_data.scan.pipeline import index_folders

HOSTILE = {
    "a \x1b]52;c;ZXZpbA==\x07dog": "a ]52;c;ZXZpbA== dog",
    "a\x9b2J dog": "a 2J dog",
    "dog \u202egnp.exe\u2069": "dog gnp.exe",
    "two\nlines\r\nof  it": "two lines of it",
    "cafe\u0301": "caf\u00e9",
    "\x00\x01": UNREADABLE,
    "word " * (LONGEST // 4): ("word " * (LONGEST // 5)).strip(),
}
COLUMNS = (
    *(("caption", "text"), ("tag", "name"), ("keyword", "word"), ("change", "tag"), ("image", "camera")),
    *(("album", "name"), ("album", "query"), ("change", "album")),
)


@pytest.fixture
def captioner(tiny_model: Path) -> LazyCaptioner:
    return LazyCaptioner.open(tiny_model)


@pytest.fixture
def hostile(tmp_path: Path, empty_library: Path, captioner: LazyCaptioner, photos: Path) -> Iterator[Library]:
    """A library of seven photographs that somebody filled with what steers terminals."""
    with Library.open(Path(shutil.copytree(empty_library, tmp_path / "hostile"))) as opened:
        list(index_folders(opened, [photos], captioner))
        notes = Annotations(opened)
        for number in range(1, 8):
            notes.edit(number, f"words {number}")
        notes.tag([1, 2], add=["sea", "sand"])
        notes.mark([1, 2], {Mark.RATING: "4"})
        for name in ("Holiday", "holiday too"):
            add_to_album(opened, name, [1, 2])
        save_search(opened, "Beaches", "beach")
        with opened.transaction(write=True) as session:
            for number, words in enumerate(HOSTILE, 1):
                session.execute(
                    text("UPDATE caption SET text = :words WHERE text = :was"),
                    {"words": words, "was": f"words {number}"},
                )
            session.execute(text("UPDATE caption SET text = CAST(X'636166e92020' AS TEXT) WHERE author = 'model'"))
            session.execute(text("UPDATE tag SET name = 'sea' || char(27) WHERE name = 'sand' AND image_id = 1"))
            session.execute(text("UPDATE tag SET name = CAST(X'ff' AS TEXT) WHERE name = 'sand' AND image_id = 2"))
            session.execute(text("UPDATE change SET tag = 'sea' || char(155) WHERE tag = 'sand'"))
            session.execute(text("UPDATE album SET name = 'Holi' || char(8238) || 'day' WHERE name = 'holiday too'"))
            session.execute(text("UPDATE album SET query = 'beach' || char(27) || '[2J' WHERE query IS NOT NULL"))
            session.execute(text("UPDATE change SET album = 'Holi' || char(155) || 'day' WHERE album IS NOT NULL"))
            session.execute(text("UPDATE mark SET value = '999999999999' WHERE image_id = 2"))
            session.execute(text("INSERT INTO mark VALUES (2, 'label', 'red' || char(27) || '[2J')"))
            session.execute(text("UPDATE change SET became = '-5' WHERE mark IS NOT NULL AND image_id = 2"))
            session.execute(text("UPDATE keyword SET word = word || char(8238)"))
            session.execute(text("UPDATE image SET camera = 'ACME' || char(27) || '[2J'"))
        yield opened


def merged(library: Library, hostile: Library, _: Path) -> None:
    merge(library, hostile.paths.folder)


def restored(library: Library, hostile: Library, folder: Path) -> None:
    shutil.copytree(hostile.paths.text_encoders, library.paths.text_encoders)
    back_up(hostile.paths.catalogue, folder / "b.sqlite")
    restore(folder / "b.sqlite", library.address)


@pytest.mark.parametrize("bring_in", [merged, restored])
def test_words_come_in_clean(
    library: Library, hostile: Library, tmp_path: Path, bring_in: Callable[[Library, Library, Path], None]
) -> None:
    bring_in(library, hostile, tmp_path)
    with library.transaction() as session:
        for table, column in COLUMNS:
            for (words,) in session.execute(text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")):
                assert words == visible(words) != ""
        people = "SELECT text FROM caption WHERE author = 'person' ORDER BY id"
        assert list(session.scalars(text(people))) == list(HOSTILE.values())
        assert set(session.scalars(text("SELECT text FROM caption WHERE author = 'model'"))) == {
            "caf\N{REPLACEMENT CHARACTER}"
        }
        tags = session.execute(text("SELECT image_id, name FROM tag ORDER BY 1, 2"))
        assert [tuple(row) for row in tags] == [(1, "sea"), (2, "sea"), (2, "\N{REPLACEMENT CHARACTER}")]
        marks = [tuple(row) for row in session.execute(text("SELECT image_id, name, value FROM mark"))]
        assert marks == [(1, "rating", "4")]
        assert session.scalar(text("SELECT count(*) FROM change WHERE mark IS NOT NULL AND became <> '4'")) == 0
        assert session.scalar(text("SELECT DISTINCT camera FROM image")) == "ACME [2J"
        albums = [(album.name, album.query, album.count) for album in catalogue.albums(session)]
        assert albums == [("Beaches", "beach [2J", 0), ("Holiday", None, 2)]
    assert [one.faults for one in examine(library) if not one.healthy] == []
    assert library.read(catalogue.said_words, ["café"]) == {"café"}


def test_without_what_reads_sentences_the_doctor_mends_the_rest(
    library: Library, hostile: Library, tmp_path: Path
) -> None:
    back_up(hostile.paths.catalogue, tmp_path / "b.sqlite")
    restore(tmp_path / "b.sqlite", library.address)
    assert library.read(catalogue.captions_of, [1])[1][0].text == "a ]52;c;ZXZpbA== dog"


def test_a_mark_of_no_known_value_is_not_shown(hostile: Library) -> None:
    assert hostile.read(catalogue.marks_of, [1, 2]) == {1: {Mark.RATING: "4"}}


def test_clean_words_stay_untouched(hostile: Library) -> None:
    assert clean_words(hostile.paths.catalogue) > 0
    before = hostile.read(catalogue.vector_generation)
    assert clean_words(hostile.paths.catalogue) == 0
    assert hostile.read(catalogue.vector_generation) == before


@given(st.text(max_size=60))
def test_what_is_visible_is_clean_for_good(words: str) -> None:
    assert visible(visible(words)) == visible(words)
