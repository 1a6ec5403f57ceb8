from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.catalogue.sqlite.database import SqliteDatabase
from index_data.errors import LibraryDamagedError, LibraryLockedError, LibraryMissingError, LibraryNotWritableError
from index_data.library import Library
from index_data.vectors.index import VectorIndex
from tests.unit.index_data.conftest import FakeDescriber, index, paint


def test_a_missing_library_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissingError, match=r"there is no library in .*; make one with: imgsearch index FOLDER"):
        Library.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_only_the_owner_may_read_it(tmp_path: Path, photos: Path, describer: FakeDescriber) -> None:
    with Library.open(tmp_path / "made" / "here", create=True) as library:
        index(library, photos, describer)
    assert stat.S_IMODE(library.paths.folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in library.paths.folder.iterdir() if file.is_file()}
    indexes = {library.paths.index(kind, describer.identity.id).name for kind in ("images", "captions")}
    assert {"catalogue.sqlite", *indexes} <= set(modes)
    assert set(modes.values()) == {0o600}


@pytest.mark.library_in_a_folder
def test_status_of_an_empty_library(library: Library) -> None:
    status = library.status()
    assert (status.images, status.places, status.captions, status.models) == (0, 0, {}, {})
    assert status.last_scan is None
    assert set(status.sizes) >= {"catalogue.sqlite"}


@pytest.mark.library_in_a_folder
def test_status_after_a_scan(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    status = library.status()
    assert (status.images, status.places, status.set_aside) == (7, 7, 0)
    assert status.captions == {("model", "proposed"): 7}
    assert status.models == {describer.identity.id: 7}
    assert status.last_scan is not None
    assert status.last_scan.finished_at is not None
    assert status.last_scan.counts == ScanCounts(new=7)
    assert status.sizes[library.paths.index("images", describer.identity.id).name] > 7 * 4 * 4


@pytest.mark.library_in_a_folder
def test_a_second_writer_is_refused_and_reading_goes_on(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from index_data.library import Library\n"
            "with Library.open(Path(sys.argv[1])) as library, library.writing():\n"
            "    print('held', flush=True); sys.stdin.read()",
            str(library.paths.folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LibraryLockedError, match="another imgsearch is writing to the library"):
            index(library, photos, describer)
        assert library.status().images == 7
        assert len(library.indexes.image(describer.identity)) == 7
        holder.kill()
    assert index(library, photos, describer) == ScanCounts(unchanged=7)


@pytest.mark.library_in_a_folder
def test_a_full_disk_loses_nothing_stored(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos / "deep", describer)
    with library.transaction() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar()

    assert isinstance(library.database, SqliteDatabase)
    connections = library.database._connections
    borrowed = connections.borrowed

    @contextmanager
    def borrowed_on_a_full_disk() -> Iterator[sqlite3.Connection]:
        with borrowed() as connection:
            connection.execute(f"PRAGMA max_page_count = {pages}")
            yield connection

    monkeypatch.setattr(connections, "borrowed", borrowed_on_a_full_disk)
    for number in range(40):
        paint(photos / f"more{number}.png", (number, 1, 1))
    with pytest.raises(LibraryNotWritableError, match=r"could not be written .*full.*; make room or check the folder"):
        index(library, photos, describer, batch=64)
    with Library.open(library.paths.folder) as again:
        # The first groups are small, and may still have found room.
        stored = again.status().images
        assert 2 <= stored < 47
        assert len(again.indexes.image(describer.identity)) == stored
        assert index(again, photos, describer) == ScanCounts(unchanged=stored, new=47 - stored)


@pytest.mark.library_in_a_folder
def test_a_question_is_answered_where_its_index_cannot_be_saved(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    library.paths.index("images", describer.identity.id).unlink()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert len(library.indexes.image(describer.identity)) == 7
    assert not library.paths.index("images", describer.identity.id).exists()


@pytest.mark.library_in_a_folder
def test_a_library_in_a_read_only_folder_can_be_searched(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    library.close()
    for kind in ("images", "captions"):
        library.paths.index(kind, describer.identity.id).unlink()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with Library.open(library.paths.folder) as reader:
        assert reader.status().images == 7
        assert len(reader.indexes.image(describer.identity)) == 7
        assert not library.paths.index("images", describer.identity.id).exists()
        with pytest.raises(LibraryNotWritableError, match="readonly"), reader.transaction() as session:
            session.execute(text("DELETE FROM caption"))


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryNotWritableError, match="cannot be made"):
        Library.open(tmp_path / "file" / "library", create=True)


@pytest.mark.library_in_a_folder
@pytest.mark.parametrize("kind", ["images", "captions"])
def test_a_lost_or_foreign_index_file_is_made_anew(
    library: Library, photos: Path, describer: FakeDescriber, kind: str
) -> None:
    index(library, photos, describer)
    file = library.paths.index(kind, describer.identity.id)
    right = file.read_bytes()
    for damage in (b"", b"garbage", right[:-5]):
        file.write_bytes(damage)
        with Library.open(library.paths.folder) as again:
            read = again.indexes.image if kind == "images" else again.indexes.caption
            assert len(read(describer.identity)) == 7
        assert file.read_bytes() == right


def test_a_second_scan_does_not_read_the_vectors_it_need_not_change(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    monkeypatch.setattr(VectorIndex, "load", None)
    assert index(library, photos, describer) == ScanCounts(unchanged=7)


@pytest.mark.library_in_a_folder
def test_what_a_killed_writer_left_is_cleared_away(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    left = library.paths.folder / "images.faiss.4711.new"
    left.write_bytes(b"half")
    index(library, photos, describer)
    assert not left.exists()


@pytest.mark.library_in_a_folder
def test_another_models_empty_answer_leaves_the_index_file(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    before = library.paths.index("images", describer.identity.id).read_bytes()
    assert len(library.indexes.image(FakeDescriber("other").identity)) == 0
    assert library.paths.index("images", describer.identity.id).read_bytes() == before


def test_a_relative_folder_is_a_library_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Library.open(Path("kept here"), create=True).close()
    with Library.open(Path("kept here")) as library:
        assert library.paths.folder == tmp_path / "kept here"


@pytest.mark.parametrize("name", ["100% mine?", "two\nlines", "caf\udce9", "#1&mode=rw"])
def test_a_library_may_have_any_name(tmp_path: Path, photos: Path, describer: FakeDescriber, name: str) -> None:
    with Library.open(tmp_path / name, create=True) as library:
        index(library, photos, describer)
    with Library.open(tmp_path / name) as library:
        assert library.status().images == 7


def test_a_new_library_in_an_open_folder_is_still_the_owners(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    mask = os.umask(0o022)
    try:
        with Library.open(tmp_path, create=True) as library, library.transaction() as session:
            session.execute(text("INSERT INTO counter VALUES ('x', 1)"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(mask)
    assert "catalogue.sqlite-wal" in modes
    assert set(modes.values()) == {0o600}


@pytest.mark.library_in_a_folder
def test_a_catalogue_that_lost_a_table_or_its_pages_is_called_damaged(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        session.execute(text("DROP TABLE keyword"))
    with pytest.raises(LibraryDamagedError, match="is not a readable catalogue: no such table: keyword"):
        library.read(catalogue.frequent_keywords, 3)
    library.close()
    content = bytearray(library.paths.catalogue.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    library.paths.catalogue.write_bytes(content)
    with pytest.raises(LibraryDamagedError, match="malformed"):
        Library.open(library.paths.folder)


def test_a_mistake_of_the_program_is_not_called_damage(library: Library) -> None:
    columns = "image_id, text, author, state, created_at"
    insert = text(f"INSERT INTO caption ({columns}) VALUES (1, 'words', 'nobody', 'proposed', '2026-01-01')")
    with library.transaction() as session, pytest.raises(IntegrityError, match="ck_caption_author"):
        session.execute(insert)
    with pytest.raises(IntegrityError, match="ck_caption_author"), library.transaction() as session:
        session.execute(insert)


@pytest.mark.library_in_a_folder
def test_a_folder_that_takes_no_lock_says_so(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("index_data.catalogue.sqlite.database.take_lock", refuse)
    with pytest.raises(LibraryNotWritableError, match="cannot be locked: Operation not supported"), library.writing():
        pass


@pytest.mark.library_in_a_folder
def test_a_lock_that_cannot_be_made_says_so(library: Library) -> None:
    library.paths.lock.unlink(missing_ok=True)
    library.paths.lock.mkdir()
    with pytest.raises(LibraryNotWritableError, match="is not writable: Is a directory"), library.writing():
        pass


def test_a_library_that_may_not_be_looked_at_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(LibraryNotWritableError, match="may not be read: Permission denied"):
        Library.open(tmp_path)


def test_frequent_keywords_and_captions_by_number(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    assert library.read(catalogue.frequent_keywords, 3) == ["colour"]
    found = library.read(catalogue.captions, [1, 2, 99])
    assert set(found) == {1, 2}
    assert found[1].text == library.read(catalogue.images, [found[1].image_id])[found[1].image_id].caption
    assert library.read(catalogue.captions, []) == {}
    assert library.read(catalogue.images, [99]) == {}
