"""One exit code a kind of mistake, whichever command is told of it, and a sentence that names what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from search.cli.exit_codes import MEANINGS, ExitCode
from tests.e2e.conftest import Imgsearch

MISSING_FILE = [
    ["query", "like:nosuch.jpg"],
    ["query", "--image", "nosuch.jpg"],
    ["query", "width:>0", "--html", "nosuch/page.html"],
    ["query", "width:>0", "--html", "text.txt"],
    ["query", "width:>0", "--copy-to", "text.txt/under"],
    ["search", "like:nosuch.jpg"],
    ["similar", "nosuch.jpg"],
    ["similar", "text.txt"],
    ["caption", "nosuch.jpg"],
    ["caption", "text.txt"],
    ["index", "nosuch"],
    ["index", "text.txt"],
    ["watch", "nosuch"],
    ["demo", "nosuch"],
    ["folders", "add", "nosuch"],
    ["import", "nosuch.csv"],
    ["import", "text.txt", "-f", "coco"],
    ["export", "--proposals", "nosuch/c.csv"],
    ["backup", "nosuch/b.sqlite"],
    ["backup", "text.txt"],
    ["restore", "nosuch.sqlite"],
    ["restore", "text.txt"],
    ["review", "accept", "--from", "nosuch.txt"],
    ["review", "tag", "--add", "a", "--from", "nosuch.txt"],
    ["eval", "--data", "nosuch"],
    ["calibrate", "--data", "nosuch"],
    ["train", "nosuch.toml"],
    ["train", "text.txt"],
]
WRONG_VALUE = [
    ["query"],
    ["query", "after:tuesday"],
    ["query", "dog", "--cursor", "nonsense"],
    ["query", "dog", "-f", "xml"],
    ["query", "dog", "--device", "toaster"],
    ["search", "colour:red"],
    ["similar", "#1", "after:tuesday"],
    ["captions", "?!"],
    ["index", ".", "-x", "!"],
    ["index", ".", "--device", "toaster"],
    ["folders", "set", "FOLDER", "-x", "!"],
    ["albums", "create", "none"],
    ["albums", "save", "Dogs", "after:tuesday"],
    ["albums", "save", "Dogs", "album:dogs"],
    ["import"],
    ["import", "text.doc"],
    ["export", "c.doc"],
    ["merge", "LIBRARY"],
    ["review", "accept"],
    ["review", "list", "--query", "after:tuesday"],
    ["review", "edit", "PHOTO", "  "],
    ["config", "nosuch"],
    ["config", "format", "xml"],
    ["duplicates", "-f", "xml"],
]
NOTHING_FOUND = [
    ["query", "format:tiff"],
    ["query", "xqzzy"],
    ["query", "like:#999"],
    ["search", "format:tiff"],
    ["similar", "#999"],
    ["duplicates"],
    ["problems"],
    ["query", "dog album:nosuch"],
    ["albums"],
    ["albums", "remove", "nosuch", "PHOTO"],
    ["albums", "rename", "nosuch", "other"],
    ["albums", "delete", "nosuch"],
    ["albums", "add", "Dogs", "nosuch.png"],
    ["folders", "remove", "nosuch"],
    ["folders", "set", "nosuch", "--hidden"],
    ["review", "list", "--part", "reviewed"],
    ["review", "accept", "nosuch.png"],
    ["review", "history", "nosuch.png"],
    ["review", "undo"],
    ["review", "redo"],
    ["export", "c.csv"],
]
NO_LIBRARY = [
    *(["query", "dog"], ["similar", "#1"], ["captions", "dog"], ["duplicates"], ["status"], ["problems"], ["doctor"]),
    *(["prune"], ["rebuild"], ["backup", "b.sqlite"], ["folders"], ["albums"], ["folders", "remove", "nosuch"]),
    *(["review", "list"], ["review", "accept", "a.png"], ["review", "undo"], ["review", "stats"]),
    *(["export", "c.csv"], ["import", "--own"], ["merge", "nosuch"]),
]
NO_MODEL = [
    *(["query", "dog"], ["search", "dog"], ["similar", "#1"], ["captions", "dog"], ["caption", "PHOTO"]),
    *(["index", "."], ["watch", "."], ["review", "reject", "PHOTO"], ["review", "list", "--query", "dog"]),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imgsearch: Imgsearch) -> Path:
    """An empty folder with a text in it, which is the current one."""
    (tmp_path / "text.txt").write_text("no picture, no backup, no page, no table")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMGSEARCH_CONFIG", str(tmp_path / "settings.toml"))
    return tmp_path


def _run(imgsearch: Imgsearch, photos: Path, command: list[str], *options: str) -> tuple[int, str]:
    named = {"PHOTO": str(photos / "000.png"), "FOLDER": str(photos), "LIBRARY": str(imgsearch.library)}
    done = imgsearch.run(*(named.get(word, word) for word in command), *options)
    assert done.stdout == b""
    return done.returncode, " ".join(done.stderr.decode().replace("│", " ").split())


@pytest.mark.parametrize("command", MISSING_FILE, ids=" ".join)
def test_a_missing_file_has_one_code_and_is_named(
    imgsearch: Imgsearch, photos: Path, place: Path, command: list[str]
) -> None:
    if "width:>0" in command:
        command = [*command, "-f", "paths", "-k", "1"]
        done = imgsearch.run(*command)
        code, words = done.returncode, done.stderr.decode()
    else:
        code, words = _run(imgsearch, photos, command)
    assert code == ExitCode.FILE
    file = next(word for word in command if "nosuch" in word or "text.txt" in word).removeprefix("like:")
    assert file in words


@pytest.mark.parametrize("command", WRONG_VALUE, ids=" ".join)
def test_a_wrong_value_has_one_code(imgsearch: Imgsearch, photos: Path, place: Path, command: list[str]) -> None:
    assert _run(imgsearch, photos, command)[0] == ExitCode.USAGE


@pytest.mark.parametrize("command", NOTHING_FOUND, ids=" ".join)
def test_nothing_found_has_one_code_and_is_said(
    imgsearch: Imgsearch, photos: Path, place: Path, command: list[str]
) -> None:
    code, told = _run(imgsearch, photos, command)
    assert (code, bool(told)) == (ExitCode.NOTHING_FOUND, True)


@pytest.mark.parametrize("command", NO_LIBRARY, ids=" ".join)
def test_a_missing_library_has_one_code_and_is_named(
    imgsearch: Imgsearch, photos: Path, place: Path, command: list[str]
) -> None:
    code, told = _run(Imgsearch(place / "none", imgsearch.model), photos, command)
    assert (code, str(place / "none") in told or "nosuch" in told) == (ExitCode.LIBRARY, True)
    assert {path.name for path in place.iterdir()} == {"text.txt"}


@pytest.mark.parametrize("command", NO_MODEL, ids=" ".join)
def test_a_missing_model_has_one_code_and_is_named(
    imgsearch: Imgsearch, photos: Path, place: Path, command: list[str]
) -> None:
    code, told = _run(Imgsearch(imgsearch.library, None), photos, command, "--model", "nosuch.safetensors")
    assert (code, "nosuch.safetensors" in told) == (ExitCode.MODEL, True)


def test_a_program_that_asked_for_json_gets_it_where_nothing_was_found(imgsearch: Imgsearch, place: Path) -> None:
    for command in (
        *(["query", "format:tiff"], ["query", "xqzzy"], ["similar", "#1", "format:tiff"], ["duplicates"]),
        *(["problems"], ["review", "list", "--part", "reviewed"], ["review", "undo"], ["review", "redo"]),
        *(["captions", "xqzzy"], ["review", "list", "--query", "xqzzy"], ["search", "format:tiff"]),
    ):
        done = imgsearch.run(*command, "-f", "json")
        assert (command, done.returncode) == (command, ExitCode.NOTHING_FOUND)
        document = json.loads(done.stdout)
        assert not (document["hits"] if isinstance(document, dict) else document)


def test_the_readme_has_the_table_of_the_code() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    told = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)}
    assert told == {int(code): meaning for code, meaning in MEANINGS.items()}
