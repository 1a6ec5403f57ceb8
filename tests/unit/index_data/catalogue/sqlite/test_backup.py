"""A backup holds everything, and restoring it brings everything back, whatever the library became meanwhile."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.sqlite.backup import back_up
from index_data.errors import (
    BackupError,
    LibraryDamagedError,
    LibraryLockedError,
    LibraryNotWritableError,
    LibraryTooNewError,
)
from index_data.library import Library
from index_data.maintenance.restore import restore
from tests.unit.index_data.catalogue.test_migrate import later_version, rows
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, encode, index, paint

pytestmark = pytest.mark.library_in_a_folder


@pytest.fixture
def filled(library: Library, photos: Path, describer: FakeDescriber) -> Library:
    index(library, photos, describer)
    Annotations(library, encode=encode).edit(1, "my dog Rex")
    return library


def test_a_backup_brings_back_what_it_held(
    filled: Library, photos: Path, describer: FakeDescriber, tmp_path: Path
) -> None:
    back_up(filled.paths.catalogue, tmp_path / "b.sqlite")
    before = rows(filled.paths)
    for file in photos.glob("*.png"):
        file.unlink()
    paint(photos / "other.png", (1, 2, 3))
    index(filled, photos, describer)
    assert rows(filled.paths)["place"] != before["place"]
    kept = restore(tmp_path / "b.sqlite", filled.paths.folder)
    after = rows(filled.paths)
    # By these caches know that all they held is of another history.
    of_caches = ("counter", "touched")
    assert {name: after[name] for name in after if name not in of_caches} == {
        name: before[name] for name in before if name not in of_caches
    }
    # What was there before is itself a backup.
    assert kept is not None
    restore(kept, filled.paths.folder)
    index(filled, photos, describer)
    check_invariants(filled, photos, describer.identity)


def test_an_index_made_before_is_not_taken_for_the_restored_catalogue(
    filled: Library, photos: Path, describer: FakeDescriber, tmp_path: Path
) -> None:
    back_up(filled.paths.catalogue, tmp_path / "b.sqlite")
    paint(photos / "late.png", (250, 250, 3))
    index(filled, photos, describer)
    assert len(filled.indexes.image(describer.identity)) == 8
    generation = filled.read(catalogue.vector_generation)
    restore(tmp_path / "b.sqlite", filled.paths.folder)
    assert filled.read(catalogue.vector_generation) > generation
    assert list(filled.paths.folder.glob("*-*.*")) == []
    # The process that had the library open goes on with what is there now.
    assert len(filled.indexes.image(describer.identity)) == 7


def test_a_backup_is_restored_where_there_was_no_library(filled: Library, tmp_path: Path) -> None:
    back_up(filled.paths.catalogue, tmp_path / "b.sqlite")
    assert restore(tmp_path / "b.sqlite", tmp_path / "new") is None
    with Library.open(tmp_path / "new") as library:
        assert library.read(catalogue.images, [1])[1].caption == "my dog Rex"


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(filled.paths.catalogue, tmp_path / "b.sqlite")
    later_version(tmp_path, monkeypatch)
    restore(tmp_path / "b.sqlite", tmp_path / "new")
    with Library.open(tmp_path / "new") as library:
        assert library.status().revision == "9000"


def test_a_backup_is_the_owners_alone_and_replaces_a_former_one(filled: Library, tmp_path: Path) -> None:
    target = tmp_path / "b.sqlite"
    target.write_bytes(b"former")
    back_up(filled.paths.catalogue, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("b.sqlite*")) == ["b.sqlite"]
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM image").fetchone() == (7,)


def test_a_backup_that_cannot_be_written_leaves_the_former_one(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryNotWritableError, match="could not be written"):
        back_up(filled.paths.catalogue, tmp_path / "missing" / "b.sqlite")
    target = tmp_path / "b.sqlite"
    target.write_bytes(b"former")
    content = bytearray(filled.paths.catalogue.read_bytes())
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(content[: len(content) // 2])
    with pytest.raises(LibraryDamagedError):
        back_up(damaged, target)
    assert target.read_bytes() == b"former"


def test_what_is_no_backup_leaves_the_library_as_it_was(filled: Library, tmp_path: Path) -> None:
    before = rows(filled.paths)
    good = tmp_path / "good.sqlite"
    back_up(filled.paths.catalogue, good)
    text, empty, foreign, torn, newer, dangling = (
        tmp_path / name for name in ("text", "empty", "foreign", "torn", "newer", "dangling")
    )
    text.write_text("no database " * 100)
    empty.touch()
    with closing(sqlite3.connect(foreign)) as connection, connection:
        connection.execute("CREATE TABLE image (id INTEGER)")
    torn.write_bytes(good.read_bytes()[:-20_000] + os.urandom(20_000))
    for path, statement in (
        (newer, "UPDATE alembic_version SET version_num = '9999'"),
        (dangling, "DELETE FROM model"),
    ):
        path.write_bytes(good.read_bytes())
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)
    for path, kind in (
        (tmp_path / "missing", BackupError),
        (text, BackupError),
        (empty, BackupError),
        (foreign, BackupError),
        (torn, BackupError),
        (newer, LibraryTooNewError),
        (dangling, BackupError),
    ):
        with pytest.raises(kind):
            restore(path, filled.paths.folder)
    assert rows(filled.paths) == before
    assert not filled.paths.backups.exists()


def test_a_library_that_is_being_written_to_is_not_restored(filled: Library, tmp_path: Path) -> None:
    back_up(filled.paths.catalogue, tmp_path / "b.sqlite")
    with filled.writing(), pytest.raises(LibraryLockedError):
        restore(tmp_path / "b.sqlite", filled.paths.folder)
