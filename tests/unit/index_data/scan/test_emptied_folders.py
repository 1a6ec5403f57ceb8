"""A folder that is there and empty may be a drive that is not mounted: what it held is kept until somebody says so."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.library import Library
from index_data.scan.events import FileSetAside, ScanFinished
from index_data.scan.pipeline import index_folders
from tests.unit.index_data.conftest import FakeDescriber, index, paint


def scan(library: Library, *folders: Path, believe_empty: bool = False) -> tuple[ScanFinished, list[FileSetAside]]:
    told = list(index_folders(library, folders, FakeDescriber(), believe_empty=believe_empty))
    assert isinstance(told[-1], ScanFinished)
    return told[-1], [event for event in told if isinstance(event, FileSetAside)]


def known(library: Library) -> set[str]:
    return {Path(os.fsdecode(path)).name for path in library.read(catalogue.all_places)}


def unmount(folder: Path) -> Path:
    away = next(parent for parent in folder.parents if parent.name.startswith("test_")) / "away"
    folder.rename(away)
    folder.mkdir()
    return away


@pytest.mark.parametrize("leftover", ["", ".hidden", "lost+found"])
@pytest.mark.parametrize("drive", ["", "deep", "deep/er"])
def test_an_unmounted_drive(library: Library, photos: Path, drive: str, leftover: str) -> None:
    index(library, photos, FakeDescriber())
    before = known(library)
    folder = photos / drive
    away = unmount(folder)
    if leftover:
        (folder / leftover).mkdir()
    finished, aside = scan(library, photos)
    assert known(library) == before
    assert finished.emptied == (bytes(folder),)
    assert [event.path for event in aside] == [bytes(folder)]
    assert "the folder is empty, and the library keeps the" in aside[0].reason
    assert [one.path for one in library.read(catalogue.problems)] == [bytes(folder)]
    # It comes back.
    shutil.rmtree(folder)
    away.rename(folder)
    finished, aside = scan(library, photos)
    assert (finished.emptied, aside, finished.counts.unchanged) == ((), [], 7)
    assert library.read(catalogue.problems) == []


def test_who_says_so_is_believed(library: Library, photos: Path) -> None:
    index(library, photos, FakeDescriber())
    unmount(photos)
    finished, aside = scan(library, photos, believe_empty=True)
    assert (finished.counts.removed, aside, known(library)) == (7, [], set())


def test_two_folders_of_which_one_is_away(library: Library, tmp_path: Path) -> None:
    paint(tmp_path / "a" / "1.png", (1, 2, 3))
    paint(tmp_path / "b" / "2.png", (3, 2, 1))
    scan(library, tmp_path / "a", tmp_path / "b")
    unmount(tmp_path / "b")
    finished, _ = scan(library, tmp_path / "a", tmp_path / "b")
    assert (finished.counts.unchanged, finished.counts.set_aside, finished.counts.removed) == (1, 1, 0)
    assert finished.emptied == (bytes(tmp_path / "b"),)


def test_what_was_moved_elsewhere_is_found_there(library: Library, photos: Path) -> None:
    index(library, photos, FakeDescriber())
    for file in (photos / "deep" / "er").iterdir():
        file.rename(photos / f"moved-{file.name}")
    finished, aside = scan(library, photos)
    assert (finished.counts.moved, finished.emptied, aside) == (2, (), [])


def test_folders_that_are_gone_or_hold_something_else_are_believed(library: Library, photos: Path) -> None:
    index(library, photos, FakeDescriber())
    shutil.rmtree(photos / "deep")
    (photos / "0.png").unlink()
    finished, aside = scan(library, photos)
    assert (finished.counts.removed, finished.emptied, aside) == (3, (), [])


def test_an_empty_folder_that_never_held_anything_is_empty(library: Library, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    finished, aside = scan(library, tmp_path / "p")
    assert (finished.emptied, aside) == ((), [])
