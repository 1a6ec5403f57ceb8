from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from index_data import catalogue
from index_data.catalogue.sqlite.connection import connect, explained, read_only
from index_data.errors import LibraryDamagedError, LibraryError, LibraryLockedError, LibraryNotWritableError
from index_data.library import Library
from tests.full_disk import full_disk

pytestmark = pytest.mark.library_in_a_folder


def test_log_and_foreign_keys(tmp_path: Path) -> None:
    for foreign_keys in (True, False):
        with connect(tmp_path / "c.sqlite", foreign_keys=foreign_keys).begin() as connection:
            settings = [
                connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys")
            ]
        assert settings == ["wal", int(foreign_keys)]


def test_changes_of_the_schema_roll_back_too(tmp_path: Path) -> None:
    engine = connect(tmp_path / "c.sqlite")
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
        connection.rollback()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0


def test_a_read_only_folder_is_read_as_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = connect(tmp_path / "c.sqlite")
    with writer.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    writer.dispose()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    engine = connect(tmp_path / "c.sqlite")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
        assert [file.name for file in tmp_path.iterdir()] == ["c.sqlite"]
    with (
        pytest.raises(LibraryNotWritableError, match="readonly"),
        explained(tmp_path / "c.sqlite"),
        engine.begin() as connection,
    ):
        connection.execute(text("INSERT INTO t VALUES (1)"))


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, LibraryNotWritableError, "could not be written .*make room or check the folder"),
        (sqlite3.SQLITE_IOERR_FSYNC, LibraryNotWritableError, "could not be written"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, LibraryNotWritableError, "could not be written"),
        (sqlite3.SQLITE_CANTOPEN, LibraryNotWritableError, "could not be opened; check who may read"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LibraryLockedError, "another program holds the library .*try again"),
        (sqlite3.SQLITE_LOCKED, LibraryLockedError, "another program holds the library"),
        (sqlite3.SQLITE_CORRUPT_INDEX, LibraryDamagedError, "is not a readable catalogue"),
        (sqlite3.SQLITE_NOTADB, LibraryDamagedError, "is not a readable catalogue"),
    ],
)
def test_each_cause_has_its_error(tmp_path: Path, code: int, kind: type[LibraryError], words: str) -> None:
    error = sqlite3.OperationalError("said SQLite")
    error.sqlite_errorcode = code
    with pytest.raises(kind, match=words), explained(tmp_path / "c.sqlite"):
        raise error


def test_a_mistake_of_the_program_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with connect(path).begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER NOT NULL)"))
    with pytest.raises(IntegrityError, match="NOT NULL"), explained(path), connect(path).begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (NULL)"))
    with pytest.raises(sqlite3.ProgrammingError), explained(path):
        raise sqlite3.ProgrammingError("no error code")


def test_addresses_of_odd_names(tmp_path: Path) -> None:
    for name in ("a?mode=rw.sqlite", "100%.sqlite", "#.sqlite"):
        sqlite3.connect(tmp_path / name).execute("CREATE TABLE t (x INTEGER)").connection.close()
        for immutable in (False, True):
            connection = sqlite3.connect(read_only(tmp_path / name, immutable=immutable), uri=True)
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute("INSERT INTO t VALUES (1)")
            connection.close()


@pytest.mark.parametrize("damage", [lambda path: os.truncate(path, 0), lambda path: path.unlink()])
def test_what_is_gone_is_not_made_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "c.sqlite"
    engine = connect(path)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    engine.dispose()
    damage(path)
    with pytest.raises(LibraryDamagedError, match=r"c\.sqlite is gone, or empty"), explained(path), engine.begin():
        pass
    assert not path.exists() or path.stat().st_size == 0


def test_a_full_disk_still_answers(tmp_path: Path, empty_library: Path) -> None:
    folder = Path(shutil.copytree(empty_library, tmp_path / "library"))
    with full_disk(), Library.open(folder) as library:
        counts = library.read(catalogue.count_images)
        with (
            pytest.raises(LibraryNotWritableError, match="could not be written"),
            library.transaction(write=True) as held,
        ):
            catalogue.advance_vector_generation(held)
    assert not any(counts)
    with Library.open(folder) as library, library.transaction(write=True) as held:
        catalogue.advance_vector_generation(held)


def test_a_full_disk_hides_nothing_that_lies_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (x INTEGER)")
        for name in ("c.sqlite", "c.sqlite-wal"):
            shutil.copy(tmp_path / name, tmp_path / f"copy-{name}")
    copy = tmp_path / "copy-c.sqlite"
    with full_disk(), pytest.raises(LibraryNotWritableError), explained(copy), connect(copy).begin():
        pass
    with connect(copy).begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
