"""Names with ends of lines, with what steers terminals, of bytes that are no text, and of 250 bytes, everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw

NAMES = {
    "end of line": b"first\nsecond.png",
    "escape": b"\x1b[2J\xe2\x80\xae\xc2\x9b.png",
    "option": b"-k 5 --help.png",
    "250 bytes": b"x" * 246 + b".png",
    "250 bytes of two each": b"\xc3\xa9" * 123 + b".png",
    "250 bytes that are no text": b"\xe9" * 246 + b".png",
}
pytestmark = pytest.mark.skipif(os.name == "nt", reason="it has no such names")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of these names, and a file that is none."""
    place = tmp_path_factory.mktemp("names") / "pictures"
    for drawn, name in zip(sorted(draw(place, len(NAMES), seed=5).iterdir()), NAMES.values(), strict=True):
        drawn.rename(place / os.fsdecode(name))
    (place / "bro\nken.png").write_bytes(b"no picture")
    return place


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, folder: Path) -> Imgsearch:
    """A library of them, with a person's words."""
    made = Imgsearch(tmp_path_factory.mktemp("names") / "library", tiny_model)
    done = clean(made.run("index", folder))
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 2)
    assert clean(made.run("review", "tag", paths(folder)[0], "--add", "sea")).returncode == 0
    return made


@pytest.fixture
def mine(indexed: Imgsearch, folder: Path, tmp_path: Path) -> Imgsearch:
    """A copy of the library that a test may change; the photographs stay where they are."""
    return Imgsearch(Path(shutil.copytree(indexed.library, tmp_path / "library")), indexed.model)


def clean(done: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[bytes]:
    """What a command said, which steers no terminal and breaks no line."""
    for stream in (done.stdout, done.stderr):
        assert b"\x1b" not in stream
        assert b"\xc2\x9b" not in stream
        assert b"first\n" not in stream
        assert b"bro\n" not in stream
    return done


def paths(folder: Path) -> list[bytes]:
    return sorted(os.fsencode(folder) + b"/" + name for name in NAMES.values())


@pytest.mark.parametrize(
    "command",
    [["caption", "--format", "json"], ["review", "accept"], ["review", "tag", "--add", "sea"]],
    ids=" ".join,
)
def test_commands_that_take_paths(mine: Imgsearch, folder: Path, command: list[str]) -> None:
    done = clean(mine.run(*command, *paths(folder)))
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "command",
    [["similar", "{}"], ["query", "--image", "{}"], ["review", "edit", "{}", "words"], ["review", "history", "{}"]],
    ids=" ".join,
)
def test_commands_that_take_a_path(mine: Imgsearch, folder: Path, command: list[str]) -> None:
    for path in paths(folder)[::2]:
        done = clean(mine.run(*(path if part == "{}" else part for part in command)))
        assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "command",
    [
        ["query", "width:>1"],
        ["query", "a dog", "--regions"],
        ["captions", "a dog"],
        ["duplicates"],
        ["status"],
        ["problems"],
        ["doctor"],
        ["doctor", "--fix"],
        ["rebuild"],
        ["prune"],
        ["review", "list"],
        ["review", "stats"],
        ["export", "--format", "coco", "--proposals"],
        ["export", "--format", "jsonl", "--proposals"],
        ["import", "--own"],
    ],
    ids=" ".join,
)
def test_commands_that_tell_of_all(mine: Imgsearch, command: list[str]) -> None:
    done = clean(mine.run(*command))
    assert done.returncode in (0, ExitCode.NOTHING_FOUND), done.stderr.decode()


@pytest.mark.parametrize("command", [["query", "width:>1", "-k", "99"], ["review", "list"], ["problems"]], ids=" ".join)
def test_json_tells_the_names_as_they_are(mine: Imgsearch, folder: Path, command: list[str]) -> None:
    answer = json.loads(clean(mine.run(*command, "--format", "json")).stdout)
    told = {os.fsencode(one["path"]) for one in (answer["hits"] if isinstance(answer, dict) else answer)}
    assert told == ({os.fsencode(folder / "bro\nken.png")} if command == ["problems"] else set(paths(folder)))


def test_zero_bytes_carry_all_names(mine: Imgsearch, folder: Path, tmp_path: Path) -> None:
    done = mine.run("query", "width:>1", "-k", "99", "--format", "paths0")
    assert sorted(done.stdout.rstrip(b"\0").split(b"\0")) == paths(folder)
    (tmp_path / "list").write_bytes(done.stdout)
    assert clean(mine.run("review", "tag", "--from", tmp_path / "list", "--add", "all")).returncode == 0
    assert json.loads(mine.run("query", "tag:all", "-k", "99", "-f", "json").stdout)["total"] == len(NAMES)


def test_copies_sheets_and_duplicates(mine: Imgsearch, folder: Path, tmp_path: Path) -> None:
    query: list[str | Path] = [
        "query",
        "width:>1",
        "-k",
        "99",
        "--format",
        "json",
        "--force",
        "--html",
        tmp_path / "sheet.html",
    ]
    for _ in range(2):
        done = clean(mine.run(*query, "--copy-to", tmp_path / "copies"))
        assert done.returncode == 0, done.stderr.decode()
    assert {os.fsencode(path.name) for path in (tmp_path / "copies").iterdir()} == set(NAMES.values())
    assert b"\x1b" not in (tmp_path / "sheet.html").read_bytes()
    assert clean(mine.run("index", tmp_path / "copies")).returncode == 0
    done = mine.run("duplicates", "--exact", "--format", "paths")
    assert done.returncode == ExitCode.SET_ASIDE
    assert b"its name holds an end of line; use --format paths0" in done.stderr
    assert len(done.stdout.splitlines()) == len(NAMES) - 1
    assert mine.run("duplicates", "--exact", "--format", "paths0").stdout.count(b"\0") == len(NAMES)


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_words_leave_and_come_back(
    mine: Imgsearch, indexed: Imgsearch, folder: Path, tmp_path: Path, kind: str
) -> None:
    assert mine.run("review", "accept", *paths(folder)).returncode == 0
    assert clean(mine.run("export", tmp_path / f"words.{kind}")).returncode == 0
    other = Imgsearch(Path(shutil.copytree(indexed.library, tmp_path / "other")), indexed.model)
    done = clean(other.run("import", tmp_path / f"words.{kind}"))
    assert done.returncode == 0, done.stderr.decode()
    assert other.run("export", "-f", "jsonl").stdout == mine.run("export", "-f", "jsonl").stdout


def test_sidecars_lie_beside_photographs_of_any_name(indexed: Imgsearch, folder: Path, tmp_path: Path) -> None:
    copies = Path(shutil.copytree(folder, tmp_path / "copies"))
    other = Imgsearch(tmp_path / "other", indexed.model)
    assert clean(other.run("index", copies)).returncode == 0
    assert other.run("review", "accept", *paths(copies)).returncode == 0
    done = clean(other.run("export", "--format", "xmp"))
    assert (done.returncode, done.stderr) == (0, b"Wrote %d sidecars; 0 up to date already.\n" % len(NAMES))
    assert clean(other.run("import", "--own")).returncode == 0


def test_the_care_of_a_library(mine: Imgsearch, indexed: Imgsearch, folder: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(NAMES["end of line"])
    odd.mkdir()
    long = os.fsdecode(NAMES["250 bytes of two each"])
    assert clean(mine.run("backup", odd / long)).returncode == 0
    fresh = Imgsearch(odd / "lib\nrary", indexed.model)
    assert clean(fresh.run("restore", odd / long)).returncode == 0
    assert clean(fresh.run("merge", mine.library)).returncode == 0
    assert clean(mine.run("merge", fresh.library)).returncode == 0
    assert clean(fresh.run("index", folder)).returncode == 0
    assert clean(fresh.run("doctor", "--fix")).returncode == 0
    for command, name in (("index", "nowhere\x1b"), ("restore", "nowhere\x1b"), ("import", "nowhere\x1b.csv")):
        done = clean(fresh.run(command, odd / name))
        assert done.returncode != 0
        assert done.stderr.count(b"\n") == 1
