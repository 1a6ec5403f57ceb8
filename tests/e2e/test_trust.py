"""What must never be lost or exposed: the place that was asked for, folders that nobody chose, files that are there."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw


@pytest.fixture
def own(tmp_path: Path, tiny_model: Path) -> Imgsearch:
    """A library that is not there yet."""
    return Imgsearch(tmp_path / "library", tiny_model)


def test_the_place_that_met_the_filter_comes_first_everywhere(own: Imgsearch, tmp_path: Path) -> None:
    first, copy = draw(tmp_path / "v" / "2021", 2) / "000.png", tmp_path / "v" / "family" / "copy.png"
    copy.parent.mkdir()
    shutil.copy(first, copy)
    assert own.run("index", tmp_path / "v").returncode == 0
    for query, place in (("name:copy*", copy), ("path:family", copy), ("path:2021 name:000*", first)):
        paths = own.run("query", query, "-f", "paths").stdout.decode().splitlines()
        assert paths == [str(place)]
        (hit,) = json.loads(own.run("query", query, "-f", "json").stdout)["hits"]
        assert hit["path"] == str(place)
        assert hit["other_paths"] == [str(first if place == copy else copy)]
        listed = own.run("review", "list", "--query", query, "-f", "paths").stdout.decode().splitlines()
        assert listed == [str(place)]
    assert str(copy) in own.run("query", "name:copy*").stdout.decode()
    own.run("query", "name:copy*", "--copy-to", tmp_path / "out", "--html", tmp_path / "sheet.html")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["copy.png"]
    assert str(copy) in (tmp_path / "sheet.html").read_text()
    similar = own.run("similar", tmp_path / "v" / "2021" / "001.png", "name:copy*", "-f", "paths")
    assert similar.stdout.decode().splitlines() == [str(copy)]
    ordered = own.run("query", "path:v sort:path path:family", "-f", "paths").stdout.decode().splitlines()
    assert ordered == [str(copy)]


ERRORS = (ExitCode.USAGE, ExitCode.NOTHING_FOUND, ExitCode.LIBRARY, ExitCode.FILE)


def test_nothing_is_made_on_an_error(own: Imgsearch, tmp_path: Path, photos: Path) -> None:
    deep = Imgsearch(tmp_path / "new" / "library", own.model)
    for wrong in (
        ("index", tmp_path / "nosuch"),
        ("index",),
        ("index", photos, "-x", "!"),
        ("watch", tmp_path / "nosuch"),
        ("merge", tmp_path / "nosuch"),
        ("folders", "add", tmp_path / "nosuch"),
    ):
        for library in (own, deep):
            assert library.run(*wrong).returncode in ERRORS
    assert list(tmp_path.iterdir()) == []


def test_the_folders_of_a_library_from_the_command_line(own: Imgsearch, tmp_path: Path) -> None:
    for name in ("a", "private"):
        draw(tmp_path / "v" / name, 1, seed=ord(name[0]))
    assert own.run("index", tmp_path / "v", "-x", "private/").returncode == 0
    assert own.run("index").stderr == b"1 unchanged\n"
    (listed,) = json.loads(own.run("folders", "-f", "json").stdout)
    assert listed == {
        "path": str(tmp_path / "v"),
        "photographs": 1,
        "exclude": ["private/"],
        "hidden": False,
        "max_pixels": None,
    }
    assert own.run("folders", "list", "-f", "paths").stdout.decode() == f"{tmp_path / 'v'}\n"
    assert "without private/" in own.run("folders").stdout.decode()
    done = own.run("folders", "set", tmp_path / "v", "--exclude-nothing", "--max-pixels", "5000")
    assert done.stderr.decode() == f"{tmp_path / 'v'}: up to 5,000 pixels. Bring it up to date with: imgsearch index\n"
    assert own.run("index").stderr.startswith(b"1 new, 1 unchanged")
    assert own.run("folders", "remove", tmp_path / "v").returncode == 0
    assert own.run("folders").returncode == ExitCode.NOTHING_FOUND
    assert own.run("folders", "add", tmp_path / "v").returncode == 0
    assert own.run("index").stderr.startswith(b"2 new")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Imgsearch:
    """A library of two photographs and a file that was set aside; none of them may ever change."""
    folder = tmp_path_factory.mktemp("kept")
    made = Imgsearch(folder / "library", tiny_model)
    draw(folder / "photos", 2)
    (folder / "photos" / "broken.png").write_bytes(b"no picture")
    assert made.run("index", folder / "photos").returncode == 0
    return made


WRITERS = [
    ("page.html", ["query", "width:>0", "--html"], b"<!DOCTYPE html><p>mine"),
    ("page.html", ["similar", "#1", "--html"], b"<html>mine"),
    ("b.sqlite", ["backup"], None),
    ("c.csv", ["export", "--proposals", "-f", "csv"], b"path,caption\n"),
    ("c.json", ["export", "--proposals", "-f", "coco"], b"{}"),
    ("c.jsonl", ["export", "--proposals", "-f", "jsonl"], b"{}\n"),
]


@pytest.mark.parametrize(("name", "command", "same_kind"), WRITERS)
def test_no_file_is_overwritten_in_silence(
    kept: Imgsearch, tmp_path: Path, name: str, command: list[str], same_kind: bytes | None
) -> None:
    photos = kept.library.parent / "photos"
    foreign = draw(tmp_path / "foreign", 1) / "000.png"
    ours = [photos / "000.png", photos / "broken.png", kept.library / "catalogue.sqlite"]
    before = {file: file.read_bytes() for file in (*ours, foreign)}
    for file in (*ours, foreign):
        for force in ([], ["--force"]):
            done = kept.run(*command, file, *force)
            assert (done.returncode, done.stdout) == (ExitCode.FILE, b"")
            assert str(file) in done.stderr.decode()
    assert {file: file.read_bytes() for file in before} == before
    target = tmp_path / name
    target.touch()
    assert kept.run(*command, target).returncode == 0
    if same_kind is not None:
        target.write_bytes(same_kind)
    former = target.read_bytes()
    refused = kept.run(*command, target)
    assert refused.returncode == ExitCode.FILE
    assert refused.stderr.decode() == f"imgsearch: {target} is there already; replace it with --force\n"
    assert target.read_bytes() == former
    assert kept.run(*command, target, "--force").returncode == 0
    assert same_kind is None or target.read_bytes() != former


def test_a_report_overwrites_nothing_either(kept: Imgsearch, tmp_path: Path) -> None:
    picture = kept.library.parent / "photos" / "000.png"
    done = kept.run("eval", "--data", tmp_path / "nosuch", "--html", picture)
    assert done.returncode == ExitCode.FILE
    assert done.stderr.decode().endswith(f"{picture} is there already and is not an HTML page; name another file\n")


def test_a_database_of_another_program_is_no_backup(kept: Imgsearch, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "theirs.sqlite")) as theirs:
        theirs.execute("CREATE TABLE image (id)")
        theirs.commit()
    done = kept.run("backup", tmp_path / "theirs.sqlite", "--force")
    assert done.returncode == ExitCode.FILE
    assert b"is not a backup of imgsearch" in done.stderr
