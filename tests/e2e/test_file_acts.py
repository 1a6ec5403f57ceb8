"""Commands that move files: to a folder, to the trash, and back, with the library following."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Imgsearch, draw


@pytest.fixture
def mine(imgsearch: Imgsearch, tmp_path: Path) -> tuple[Imgsearch, Path]:
    """A library of three photographs that a test may move, one of them there twice, and their folder."""
    own = Imgsearch(tmp_path / "library", imgsearch.model)
    photos = draw(tmp_path / "photos", 3)
    shutil.copy(photos / "000.png", photos / "zcopy.png")
    own.run("index", photos)
    own.run("review", "tag", photos / "001.png", "--add", "sea")
    return own, photos


def test_hits_are_moved_and_undone(mine: tuple[Imgsearch, Path], tmp_path: Path) -> None:
    own, photos = mine
    best = tmp_path / "best"
    done = own.run("query", "tag:sea", "--move-to", best, "--format", "paths")
    assert (done.returncode, done.stderr.decode()) == (0, f"Moved 1 photograph to {best}.\n")
    assert own.run("query", "tag:sea", "-f", "paths").stdout == bytes(best / "001.png") + b"\n"
    assert not (photos / "001.png").exists()
    assert f"you moved it to   {best}/001.png".encode() in own.run("review", "history", best / "001.png").stdout
    assert b'"path": "' in own.run("review", "history", best / "001.png", "--format", "json").stdout
    undone = own.run("review", "undo")
    assert undone.stderr == b"Moved 1 photograph back.\n"
    assert (photos / "001.png").exists()
    assert own.run("review", "redo").returncode == 3


def test_hits_go_to_the_trash_only_once_a_person_said_yes(mine: tuple[Imgsearch, Path], trash: Path) -> None:
    own, photos = mine
    refused = own.run("query", "tag:sea", "--trash")
    assert refused.returncode == 2
    assert b"say so with --yes" in refused.stderr
    assert own.run("query", "tag:sea", "--trash", "--move-to", "x").returncode == 2
    done = own.run("query", "tag:sea", "--trash", "--yes")
    assert done.stderr == b"Moved 1 photograph to the trash.\n"
    assert [path.name for path in (trash / "files").iterdir()] == ["001.png"]
    assert own.run("query", "tag:sea").returncode == 3
    assert own.run("review", "undo").stderr == b"Moved 1 photograph back from the trash.\n"
    assert own.run("query", "tag:sea", "-f", "paths").stdout == bytes(photos / "001.png") + b"\n"


def test_each_file_that_stays_is_named_and_the_rest_goes_on(mine: tuple[Imgsearch, Path], tmp_path: Path) -> None:
    own, photos = mine
    (photos / "001.png").unlink()
    done = own.run("query", "width:>0", "--move-to", tmp_path / "best")
    assert done.returncode == 4
    assert f"not moved: {photos}/001.png: No such file or directory".encode() in done.stderr
    assert b"Moved 2 photographs to" in done.stderr


def test_copies_go_to_the_trash_after_a_look_at_the_disk(mine: tuple[Imgsearch, Path], trash: Path) -> None:
    own, photos = mine
    (photos / "link.png").symlink_to("001.png")
    own.run("index", photos)
    assert own.run("duplicates", "--trash").returncode == 2
    done = own.run("duplicates", "--trash", "--yes")
    assert done.returncode == 0
    assert b"1 copy is left out: links" in done.stderr
    assert b"Moved 1 photograph to the trash." in done.stderr
    assert [path.name for path in (trash / "files").iterdir()] == ["zcopy.png"]
    assert own.run("duplicates", "--trash", "--yes").returncode == 3
    assert own.run("review", "undo").returncode == 0
    assert (photos / "zcopy.png").exists()
