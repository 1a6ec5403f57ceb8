from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from index_data.errors import LibraryLockedError, LibraryMissingError, LibraryNotWritableError
from index_data.library import Library
from index_data.locations import demo_folder, library_folder
from index_data.records import ScanCounts
from tests.unit.index_data.conftest import FakeDescriber, index


def test_the_option_goes_before_the_environment_before_the_users_folder(tmp_path: Path) -> None:
    environment = {"IMGSEARCH_LIBRARY": str(tmp_path / "named")}
    assert library_folder(tmp_path / "option", environment) == tmp_path / "option"
    assert library_folder(None, environment) == tmp_path / "named"
    assert library_folder(None, {}).name == "library"
    assert demo_folder().parent == library_folder(None, {}).parent


def test_a_missing_library_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissingError, match=r"there is no library in .*; make one with: imgsearch index FOLDER"):
        Library.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_only_the_owner_may_read_it(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    library.image_index(describer.identity)
    assert stat.S_IMODE(library.paths.folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in library.paths.folder.iterdir() if file.is_file()}
    assert {"catalogue.sqlite", "images.faiss", "captions.faiss"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_status_of_an_empty_library(library: Library) -> None:
    status = library.status()
    assert (status.images, status.places, status.captions, status.models) == (0, 0, {}, {})
    assert status.last_scan is None
    assert set(status.sizes) >= {"catalogue.sqlite"}


def test_status_after_a_scan(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    status = library.status()
    assert (status.images, status.places, status.set_aside) == (7, 7, 0)
    assert status.captions == {("model", "proposed"): 7}
    assert status.models == {describer.identity.id: 7}
    assert status.last_scan is not None
    assert status.last_scan.finished_at is not None
    assert status.last_scan.counts == ScanCounts(new=7)
    assert status.sizes["images.faiss"] > 7 * 4 * 4


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
        assert len(library.image_index(describer.identity)) == 7
        holder.kill()
    assert index(library, photos, describer) == ScanCounts(unchanged=7)


def test_a_full_disk_loses_nothing_stored(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos / "deep", describer)

    class Full(FakeDescriber):
        """Uses up the room while it describes."""

        def describe(self, pixels):  # type: ignore[no-untyped-def]
            answers = super().describe(pixels)
            long = "word " * 3_000_000
            return [type(a)(type(a.caption)(long, 0.5), a.keywords, a.embedding, a.caption_embedding) for a in answers]

    engine = library._engine

    def limit() -> None:
        from sqlalchemy import event

        @event.listens_for(engine, "connect")
        def connected(connection, record):  # type: ignore[no-untyped-def]
            connection.execute("PRAGMA max_page_count = 200")

    limit()
    with pytest.raises(LibraryNotWritableError, match=r"could not be written .*full"):
        index(library, photos, Full())
    with Library.open(library.paths.folder) as again:
        assert again.status().images == 2
        assert index(again, photos, describer) == ScanCounts(unchanged=2, new=5)


def test_a_library_in_a_read_only_folder_can_be_searched(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    library.close()
    for name in ("images.faiss", "captions.faiss"):
        (library.paths.folder / name).unlink()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with Library.open(library.paths.folder) as reader:
        assert reader.status().images == 7
        assert len(reader.image_index(describer.identity)) == 7
        assert not (library.paths.folder / "images.faiss").exists()
        with pytest.raises(LibraryNotWritableError, match="readonly"), reader.transaction() as session:
            session.execute(text("DELETE FROM caption"))


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryNotWritableError, match="cannot be made"):
        Library.open(tmp_path / "file" / "library", create=True)


@pytest.mark.parametrize("kind", ["images", "captions"])
def test_a_lost_or_foreign_index_file_is_made_anew(
    library: Library, photos: Path, describer: FakeDescriber, kind: str
) -> None:
    index(library, photos, describer)
    read = library.image_index if kind == "images" else library.caption_index
    file = library.paths.index(kind)
    right = file.read_bytes()
    for damage in (b"", b"garbage", right[:-5]):
        file.write_bytes(damage)
        assert len(read(describer.identity)) == 7
        assert file.read_bytes() == right
