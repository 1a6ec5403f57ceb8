"""What a library holds lies in its own folder: nothing that a link leads to is written, deleted or opened to others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index_data.errors import LibraryDamagedError, LibraryError, LibraryNotWritableError
from index_data.library import Library
from index_data.locations import LibraryPaths, at_home
from index_data.maintenance.doctor import examine
from index_data.thumbnails import Thumbnails
from search.tui.services.state import State, write_state

pytestmark = pytest.mark.library_in_a_folder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder outside the library, with a file that its owner shares."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "shared.webp").write_text("precious")
    (folder / "shared.webp").chmod(0o644)
    folder.chmod(0o755)
    return folder


def untouched(victim: Path) -> bool:
    (file,) = victim.iterdir()
    modes = [path.stat().st_mode & 0o777 for path in (victim, file)]
    return modes == [0o755, 0o644] and file.read_text() == "precious"


@pytest.mark.parametrize("name", ["link", "models", "backups", "thumbnails", "merge-0.new", "tui.json.0.new"])
def test_the_doctor_follows_no_link(library: Library, victim: Path, name: str) -> None:
    (library.paths.folder / name).symlink_to(victim)
    list(examine(library, fix=True))
    assert untouched(victim)


def test_the_doctor_bears_links_to_nothing(library: Library, tmp_path: Path) -> None:
    (library.paths.folder / "dangling").symlink_to(tmp_path / "nowhere")
    assert [finding.faults for finding in examine(library, fix=True) if finding.faults] == []
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_has_another_name_elsewhere_keeps_its_mode(library: Library, victim: Path) -> None:
    os.link(victim / "shared.webp", library.paths.folder / "same")
    findings = [finding for finding in examine(library, fix=True) if not finding.healthy]
    assert [finding.holds for finding in findings] == ["only you can read the library"]
    assert untouched(victim)


def test_a_library_that_is_reached_by_a_link_is_sound(library: Library, tmp_path: Path) -> None:
    (tmp_path / "by-link").symlink_to(library.paths.folder)
    with Library.open(tmp_path / "by-link") as linked:
        assert [finding for finding in examine(linked) if finding.faults] == []


@pytest.mark.parametrize("name", ["catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-journal"])
def test_a_catalogue_that_is_a_link_is_refused(library: Library, victim: Path, name: str) -> None:
    library.close()
    file = library.paths.folder / name
    file.unlink(missing_ok=True)
    file.symlink_to(victim / "shared.webp")
    with pytest.raises(LibraryDamagedError, match="is a link"):
        Library.open(library.paths.folder)
    assert untouched(victim)


def test_the_lock_is_no_link(library: Library, tmp_path: Path) -> None:
    library.paths.lock.unlink(missing_ok=True)
    library.paths.lock.symlink_to(tmp_path / "made")
    with pytest.raises(LibraryNotWritableError), library.writing():
        pass
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["thumbnails", "thumbnails/aa"])
def test_thumbnails_behind_a_link_are_somebody_elses(tmp_path: Path, victim: Path, name: str) -> None:
    folder = tmp_path / "thumbnails"
    link = tmp_path / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(victim)
    cache = Thumbnails(folder, most_bytes=1)
    cache._count(10)
    cache.forget([bytes.fromhex("aa" + "00" * 31)])
    assert untouched(victim)


def test_the_state_is_written_through_no_link(library: Library, victim: Path) -> None:
    library.paths.tui_state.symlink_to(victim / "shared.webp")
    (library.paths.folder / f"tui.json.{os.getpid()}.new").symlink_to(victim / "shared.webp")
    write_state(library.paths.tui_state, State())
    assert untouched(victim)
    assert library.paths.tui_state.stat().st_mode & 0o777 == 0o600


@given(st.text() | st.from_regex(r"\.{0,2}/[a-z@./]*", fullmatch=True), st.sampled_from(["images", "captions"]))
def test_no_model_names_a_file_outside_the_library(model: str, kind: str) -> None:
    paths = LibraryPaths(Path("/library"))
    for named, parent in ((paths.index, paths.folder), (paths.text_encoder, paths.text_encoders)):
        for name in (model, f"name@{model}", f"{model}@0123456789ab"):
            try:
                file = named(kind, name) if named == paths.index else paths.text_encoder(name)
            except LibraryError:
                continue
            assert Path(os.path.normpath(file)).parent == parent
            assert "0123456789ab" in file.name or name.endswith(file.stem[-12:])


def test_a_user_that_the_system_does_not_know_has_no_folder() -> None:
    with pytest.raises(LibraryError, match="the system knows no folder of that user"):
        at_home(Path("~nosuchuser/library"))
