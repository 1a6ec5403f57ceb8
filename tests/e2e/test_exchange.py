"""Captions as files, by the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw
from tests.e2e.test_help import modules_after


@pytest.fixture
def mine(imgsearch: Imgsearch, tmp_path: Path) -> Imgsearch:
    """A library of the five pictures that a test may change."""
    return Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)


def test_out_and_in_again(mine: Imgsearch, photos: Path, tmp_path: Path) -> None:
    assert mine.run("review", "edit", photos / "000.png", "our dog").returncode == 0
    written = mine.run("export", tmp_path / "captions.json")
    assert (written.returncode, written.stdout) == (0, b"")
    assert written.stderr.decode() == f"Wrote the words of 1 photograph to {tmp_path / 'captions.json'}.\n"
    whole = json.loads((tmp_path / "captions.json").read_bytes())
    assert [one["caption"] for one in whole["annotations"]] == ["our dog"]
    lines = mine.run("export", "--format", "jsonl", "--proposals").stdout.splitlines()
    assert len(lines) == 5
    assert mine.run("import", tmp_path / "captions.json").stderr == b"Nothing to change.\n"
    assert mine.run("review", "undo").returncode == 0
    brought = mine.run("import", tmp_path / "captions.json")
    assert brought.stderr == b"Took the words of 1 photograph; take it back with: imgsearch review undo\n"
    assert json.loads(mine.run("export", "--format", "jsonl").stdout)["captions"][0]["text"] == "our dog"


def test_a_list_as_flickr8k_has_it(mine: Imgsearch, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "captions.token").write_text("000.png#0\tA dog .\n000.png#1\tTwo dogs .\nno.png#0\tA cat .\n")
    done = mine.run("import", tmp_path / "captions.token")
    assert done.returncode == ExitCode.SET_ASIDE
    assert done.stderr.decode().splitlines() == [
        "Took the words of 1 photograph; take it back with: imgsearch review undo",
        "no.png was passed over: it is not in the library",
    ]
    rows = mine.run("export", "--format", "csv").stdout.decode().splitlines()
    assert rows[0] == "path,caption,author,state,tags"
    assert sorted(row.split(",")[1] for row in rows[1:]) == ["A dog .", "Two dogs ."]


def test_sidecars_out_and_in(mine: Imgsearch, photos: Path, tmp_path: Path) -> None:
    copies = Path(shutil.copytree(photos, tmp_path / "copies"))
    assert mine.run("index", copies).returncode == 0
    assert mine.run("review", "tag", copies / "001.png", "--add", "sea").returncode == 0
    written = mine.run("export", "--format", "xmp")
    assert (written.returncode, written.stderr) == (0, b"Wrote 2 sidecars; 0 up to date already.\n")
    assert b"sea" in (copies / "001.png.xmp").read_bytes()
    (photos / "001.png.xmp").unlink()
    assert mine.run("review", "undo").returncode == 0
    assert b"Took the words of 1 photograph" in mine.run("import", "--own").stderr
    assert json.loads(mine.run("export", "--format", "jsonl").stdout)["tags"] == ["sea"]


def test_albums_travel_in_sidecars(mine: Imgsearch, tmp_path: Path) -> None:
    trip = draw(tmp_path / "trip", 3, seed=7)
    other = Imgsearch(tmp_path / "other", mine.model)
    assert mine.run("index", trip).returncode == 0
    assert mine.run("albums", "add", "My trip", trip / "001.png", trip / "002.png").returncode == 0
    assert mine.run("export", "--format", "xmp", "--query", f"path:{trip}").returncode == 0
    assert other.run("index", trip).returncode == 0
    assert b"Took the words of 2 photographs" in other.run("import", "--own").stderr
    paths = other.run("query", 'album:"my trip"', "-f", "paths").stdout.decode().split()
    assert sorted(paths) == [str(trip / "001.png"), str(trip / "002.png")]
    # What was taken out leaves the sidecar, and what was taken out does not come in again.
    assert mine.run("albums", "remove", "My trip", trip / "001.png").returncode == 0
    assert mine.run("import", "--own").stderr == b"Nothing to change.\n"
    assert mine.run("export", "--format", "xmp").returncode == 0
    assert b"My trip" not in (trip / "001.png.xmp").read_bytes()
    assert b"My trip" in (trip / "002.png.xmp").read_bytes()


def test_what_a_query_finds_is_written_alone(mine: Imgsearch, photos: Path, tmp_path: Path) -> None:
    assert mine.run("review", "tag", photos / "001.png", photos / "002.png", "--add", "sea").returncode == 0
    done = mine.run("export", tmp_path / "sea.jsonl", "--query", "tag:sea -name:002*")
    assert done.stderr.decode() == f"Wrote the words of 1 photograph to {tmp_path / 'sea.jsonl'}.\n"
    (line,) = (tmp_path / "sea.jsonl").read_text().splitlines()
    assert json.loads(line)["path"] == str(photos / "001.png")
    rows = mine.run("export", "-f", "csv", "--query", "name:00*", "--proposals").stdout.decode().splitlines()
    assert len(rows) == 5
    for words, sentence in (("tag:hill", b"Nothing matches.\n"), ("name:003*", b"Nobody has written or accepted a")):
        done = mine.run("export", tmp_path / "no.csv", "--query", words)
        assert (done.returncode, done.stdout) == (ExitCode.NOTHING_FOUND, b"")
        assert done.stderr.startswith(sentence)
    done = mine.run("export", "-f", "coco", "--query", "tag:hill")
    assert (done.returncode, json.loads(done.stdout)["images"]) == (ExitCode.NOTHING_FOUND, [])
    done = mine.run("export", tmp_path / "no.csv", "--query", "width:wide")
    assert done.returncode == ExitCode.USAGE
    assert not (tmp_path / "no.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["export"], ExitCode.USAGE, "name a file, or a format"),
        (["export", "x.json", "--format", "xmp"], ExitCode.USAGE, "sidecars lie beside the photographs"),
        (["export", "x.doc"], ExitCode.USAGE, "does not tell its format"),
        (["import"], ExitCode.USAGE, "give either files or --own"),
        (["import", "no.csv"], ExitCode.FILE, "no.csv could not be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    imgsearch: Imgsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = imgsearch.run(*arguments)
    assert (done.returncode, done.stdout) == (code, b"")
    assert words in " ".join(done.stderr.decode().replace("│", " ").split())


def test_an_export_of_nothing_writes_nothing(mine: Imgsearch, tmp_path: Path) -> None:
    good = tmp_path / "captions.csv"
    assert mine.run("export", good, "--proposals").returncode == 0
    before = good.read_bytes()
    for target in (good, tmp_path / "new.json"):
        done = mine.run("export", target, "--force")
        assert done.returncode == ExitCode.NOTHING_FOUND
        assert b"Nobody has written or accepted a caption yet" in done.stderr
    assert good.read_bytes() == before
    assert not (tmp_path / "new.json").exists()
    # A program gets a document that it can read.
    done = mine.run("export", "-f", "coco")
    assert (done.returncode, json.loads(done.stdout)["annotations"]) == (ExitCode.NOTHING_FOUND, [])


def test_exchanging_never_loads_torch(mine: Imgsearch, tmp_path: Path, photos: Path) -> None:
    (tmp_path / "captions.token").write_text("000.png#0\tA dog .\n")
    commands = (["import", str(tmp_path / "captions.token")], ["export", str(tmp_path / "x.csv")])
    assert "torch" not in modules_after(*commands, environment=mine.environment())
