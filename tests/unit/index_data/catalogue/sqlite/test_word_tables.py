"""Damaged full-text tables are found and made anew, and what no migration made is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index_data.catalogue.sqlite.word_tables import OURS
from index_data.errors import BackupError, LibraryDamagedError
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.maintenance.restore import restore
from tests.unit.index_data.conftest import FakeDescriber, index

pytestmark = pytest.mark.library_in_a_folder

WORDS = "captions, tags and paths are found by their words"

DAMAGE = {
    "noise": "UPDATE caption_words_data SET block = randomblob(50)",
    "nothing": "DELETE FROM caption_words_data",
    "no settings": "DELETE FROM caption_words_config",
    "no table": "DROP TABLE caption_words_data",
    "no row is known": "DELETE FROM place_words_docsize",
    "odd sizes": "UPDATE place_words_docsize SET sz = x'ff'",
    "other words": "INSERT INTO caption_words (rowid, text) VALUES (999, 'ghost')",
    "a trigger less": "DROP TRIGGER caption_words_insert",
    "no view": "DROP VIEW place_text",
}

ALIEN = {
    "trigger": "CREATE TRIGGER thief AFTER UPDATE ON caption BEGIN DELETE FROM tag; END",
    "trigger of our name": (
        "DROP TRIGGER tag_words_insert; CREATE TRIGGER tag_words_insert AFTER INSERT ON tag BEGIN DELETE FROM tag; END"
    ),
    "view": "CREATE VIEW everything AS SELECT * FROM caption",
    "view of our name": "DROP VIEW place_text; CREATE VIEW place_text AS SELECT id, 'home' AS path FROM place",
}


def execute(catalogue: Path, statements: str) -> None:
    with closing(sqlite3.connect(catalogue)) as connection:
        connection.executescript(statements)


@pytest.fixture
def filled(library: Library, photos: Path, describer: FakeDescriber) -> Library:
    """Seven described photographs."""
    index(library, photos, describer)
    return library


def rows_saying(library: Library, words: str) -> list[int]:
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        rows = connection.execute("SELECT rowid FROM caption_words WHERE caption_words MATCH ? ORDER BY 1", (words,))
        return [row for (row,) in rows]


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_found_and_mended(filled: Library, damage: str) -> None:
    before = rows_saying(filled, "fake")
    assert len(before) == 7
    execute(filled.paths.catalogue, damage)
    assert WORDS in {finding.holds for finding in examine(filled) if finding.faults}
    mended = {finding.holds: finding.mended for finding in examine(filled, fix=True) if finding.faults}
    assert mended[WORDS]
    assert WORDS not in {finding.holds for finding in examine(filled) if finding.faults}
    assert rows_saying(filled, "fake") == before
    execute(filled.paths.catalogue, "UPDATE caption SET text = 'a new word' WHERE id = 1")
    assert rows_saying(filled, "new") == [1]


def test_what_is_known_of_the_tables_is_what_the_migrations_made(library: Library) -> None:
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        made = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"))
        tables = "SELECT name, sql FROM sqlite_master WHERE name IN ('caption_words', 'tag_words', 'place_words')"
        before = dict(connection.execute(tables))
        assert made == OURS
        execute(library.paths.catalogue, "".join(f"DELETE FROM {name}_data;" for name in before))
        list(examine(library, fix=True))
        assert dict(connection.execute(tables)) == before
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("statements", ALIEN.values(), ids=ALIEN)
def test_what_no_migration_made_is_refused(library: Library, tmp_path: Path, statements: str) -> None:
    library.close()
    execute(library.paths.catalogue, statements)
    with pytest.raises(LibraryDamagedError, match="that imgsearch did not make"):
        Library.open(library.paths.folder)
    with pytest.raises(BackupError, match="that imgsearch did not make"):
        restore(library.paths.catalogue, tmp_path / "other")
