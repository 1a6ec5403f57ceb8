"""The care of a library by its real commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw
from tests.patience import PATIENCE


@pytest.fixture
def mine(imgsearch: Imgsearch, tmp_path: Path) -> Imgsearch:
    """A library of five photographs that the test may change."""
    shutil.copytree(imgsearch.library, tmp_path / "library")
    return Imgsearch(tmp_path / "library", imgsearch.model)


def last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode().strip().splitlines()[-1]


def test_doctor(mine: Imgsearch) -> None:
    done = mine.run("doctor")
    assert (done.returncode, done.stderr) == (0, b"The library is whole.\n")
    assert done.stdout.count(b"ok") == 15
    for file in mine.library.glob("*.faiss"):
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    done = mine.run("doctor", "--format", "json")
    assert done.returncode == ExitCode.LIBRARY
    (bad,) = [one for one in json.loads(done.stdout) if not one["healthy"]]
    assert (bad["check"], bad["remedy"]) == ("the indexes hold the catalogue's vectors", "imgsearch doctor --fix")
    done = mine.run("doctor", "--fix")
    assert done.returncode == 0
    assert b"mended" in done.stdout
    assert mine.run("doctor").returncode == 0


def test_backup_and_restore(mine: Imgsearch, tmp_path: Path) -> None:
    done = mine.run("backup", tmp_path / "b.sqlite")
    assert (done.returncode, done.stdout) == (0, b"")
    before = mine.run("query", "a dog", "--format", "json").stdout
    shutil.rmtree(mine.library)
    assert mine.run("query", "a dog").returncode == ExitCode.LIBRARY
    assert mine.run("restore", tmp_path / "b.sqlite").returncode == 0
    assert mine.run("query", "a dog", "--format", "json").stdout == before
    done = mine.run("restore", tmp_path / "b.sqlite")
    assert "The former catalogue is kept as" in last_line(done)
    done = mine.run("restore", tmp_path / "nowhere.sqlite")
    assert done.returncode == ExitCode.FILE
    assert last_line(done).endswith(f"there is no backup {tmp_path / 'nowhere.sqlite'}")


def test_rebuild(mine: Imgsearch) -> None:
    before = {file.name for file in mine.library.glob("*.faiss")}
    for file in mine.library.glob("*.faiss"):
        file.unlink()
    assert mine.run("rebuild").returncode == 0
    assert {file.name for file in mine.library.glob("*.faiss")} == before != set()


def test_prune_and_merge(mine: Imgsearch, tmp_path: Path) -> None:
    folder = draw(tmp_path / "more", 3, seed=9)
    assert mine.run("index", folder).returncode == 0
    shutil.copytree(mine.library, tmp_path / "other")
    for file in folder.iterdir():
        file.unlink()
    # An empty folder may be a drive that is not mounted.
    assert mine.run("index", folder).returncode == ExitCode.SET_ASIDE
    assert last_line(mine.run("prune")) == "0 photographs were forgotten."
    assert mine.run("index", folder, "--gone").returncode == 0
    assert last_line(mine.run("prune", "--dry-run")) == "3 photographs would be forgotten."
    assert last_line(mine.run("prune")) == "3 photographs were forgotten."
    assert last_line(mine.run("prune")) == "0 photographs were forgotten."
    done = mine.run("merge", tmp_path / "other")
    assert last_line(done) == "Took in 3 photographs, 3 paths, 3 captions, 0 tags, 0 marks and 0 albums."
    assert mine.run("merge", tmp_path / "nowhere").returncode == ExitCode.LIBRARY
    assert mine.run("doctor").returncode == 0


def test_duplicates(mine: Imgsearch, photos: Path, tmp_path: Path) -> None:
    assert mine.run("duplicates").returncode == ExitCode.NOTHING_FOUND
    (tmp_path / "copies").mkdir()
    shutil.copy(photos / "000.png", tmp_path / "copies" / "again.png")
    mine.run("index", tmp_path / "copies")
    done = mine.run("duplicates", "--format", "json")
    assert json.loads(done.stdout) == [
        {"kind": "exact", "paths": sorted([str(photos / "000.png"), str(tmp_path / "copies" / "again.png")])}
    ]
    first, second = sorted([bytes(photos / "000.png"), bytes(tmp_path / "copies" / "again.png")])
    assert mine.run("duplicates", "--exact", "--format", "paths").stdout == second + b"\n"
    assert os.fsencode(first) in mine.run("duplicates").stdout


def test_watch_says_what_it_watches_and_a_line_for_each_arrival(mine: Imgsearch, tmp_path: Path) -> None:
    folder = draw(tmp_path / "watched", 1, seed=3)
    process = subprocess.Popen(
        mine.command("watch", folder), env=mine.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        assert process.stderr.readline().decode() == f"Watching {folder}\n"
        assert process.stderr.readline() == b"Stop with ctrl+c.\n"
        assert process.stderr.readline() == b"1 new\n"
        draw(tmp_path / "elsewhere", 1, seed=4).joinpath("000.png").rename(folder / "new.png")
        assert process.stderr.readline().decode().startswith(f"new: {folder / 'new.png'}: ")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (ExitCode.INTERRUPTED, b"", b"")
    finally:
        process.kill()
    assert b"7" in mine.run("status").stdout
    assert mine.run("doctor").returncode == 0
