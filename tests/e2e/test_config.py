"""`imgsearch config`: the settings that hold for every command, where each comes from, and what each does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of settings, which is not there yet."""
    monkeypatch.setenv("IMGSEARCH_CONFIG", str(tmp_path / "config" / "config.toml"))
    return tmp_path / "config" / "config.toml"


def shown(imgsearch: Imgsearch) -> dict[str, tuple[object, str]]:
    return {
        name: (entry["value"], entry["from"])
        for name, entry in json.loads(imgsearch.run("config", "-f", "json").stdout).items()
    }


def test_settings_are_shown_set_and_say_where_they_come_from(imgsearch: Imgsearch, file: Path) -> None:
    assert shown(imgsearch)["library"] == (str(imgsearch.library), "the environment variable IMGSEARCH_LIBRARY")
    assert shown(imgsearch)["pictures"] == ("auto", "default")
    assert imgsearch.run("config", "pictures", "blocks").stderr.decode() == f"pictures is blocks, in {file}.\n"
    assert imgsearch.run("config", "exclude", "*.png", "drafts/").returncode == 0
    assert imgsearch.run("config", "keys.browse.like", "l").returncode == 0
    file.write_text("# mine\n" + file.read_text())
    assert shown(imgsearch)["pictures"] == ("blocks", str(file))
    assert shown(imgsearch)["exclude"] == (["*.png", "drafts/"], str(file))
    assert shown(imgsearch)["keys"] == ({"browse.like": "l"}, str(file))
    table = imgsearch.run("config").stdout.decode()
    assert "browse.like = l" in table
    assert str(file) in table
    for name in ("pictures", "keys.browse.like", "exclude"):
        assert imgsearch.run("config", name, "--unset").returncode == 0
    assert shown(imgsearch)["pictures"] == ("auto", "default")
    assert file.read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("pictures = 3", "pictures cannot be 3; choose auto, kitty, sixel, iterm2, sextants, quadrants, blocks, none"),
        ("color = 'red'", "there is no setting 'color'; there are library, format, colours"),
        ("library = 7", "library is a text, and not 7"),
        ("exclude = 'x'", "exclude is a list of patterns"),
        ("keys = ['x']", "keys is a table of keys"),
        ("format", "is not TOML"),
    ],
)
def test_a_wrong_file_of_settings_is_named_with_what_is_wrong(
    imgsearch: Imgsearch, file: Path, content: str, words: str
) -> None:
    file.parent.mkdir()
    file.write_text(content)
    done = imgsearch.run("status")
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
    assert done.stderr.decode().startswith(f"imgsearch: {file}")
    assert words in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["format", "xml"], "format cannot be 'xml'; choose table, json"),
        (["color", "red"], "there is no setting 'color'"),
        (["keys", "x"], "or one of the keys as keys.NAME"),
        (["format", "json", "paths"], "format has one value; 2 were given"),
        (["--unset"], "name a setting"),
        (["nosuch"], "there is no setting nosuch"),
    ],
)
def test_what_cannot_be_set_is_refused(imgsearch: Imgsearch, file: Path, arguments: list[str], words: str) -> None:
    done = imgsearch.run("config", *arguments)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
    assert words in " ".join(done.stderr.decode().replace("│", " ").split())
    assert not file.exists()


def test_the_format_and_the_library_of_the_settings(
    imgsearch: Imgsearch, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imgsearch.run("config", "format", "json")
    assert json.loads(imgsearch.run("status").stdout)["images"] == 5
    assert json.loads(imgsearch.run("review", "stats").stdout)["images"] == 5
    assert imgsearch.run("query", "width:>0", "-f", "paths").stdout.count(b"\n") == 5
    # What a command cannot print it prints as usual.
    imgsearch.run("config", "format", "paths")
    assert imgsearch.run("query", "width:>0").stdout.count(b"\n") == 5
    assert b"library" in imgsearch.run("status").stdout
    imgsearch.run("config", "format", "--unset")
    imgsearch.run("config", "library", str(imgsearch.library))
    elsewhere = Imgsearch(Path(), imgsearch.model)
    monkeypatch.setattr(Imgsearch, "own_environment", lambda _: {"IMGSEARCH_LIBRARY": "", "COLUMNS": "100"})
    assert elsewhere.run("query", "width:>0", "-f", "paths").stdout.count(b"\n") == 5
    assert elsewhere.run("-l", str(tmp_path / "none"), "status").returncode == ExitCode.LIBRARY


def test_patterns_of_the_settings_are_left_out_in_every_folder(
    imgsearch: Imgsearch, file: Path, tmp_path: Path, photos: Path
) -> None:
    imgsearch.run("config", "exclude", "00[0-2]*")
    mine = Imgsearch(tmp_path / "library", imgsearch.model)
    assert mine.run("index", photos).stderr.startswith(b"2 new")


def test_colours_of_the_settings(imgsearch: Imgsearch, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    imgsearch.run("config", "colours", "never")
    with pytest.MonkeyPatch.context():
        imgsearch.run("status")
        assert os.environ.pop("NO_COLOR") == "1"


def test_loudness_and_library_before_the_command_and_behind(imgsearch: Imgsearch, tmp_path: Path) -> None:
    elsewhere = Imgsearch(tmp_path / "none", imgsearch.model)
    library = ("-l", str(imgsearch.library))
    question = ("query", "width:>0", "-k", "2", "-f", "paths", "--model", str(imgsearch.model))
    plain = imgsearch.run(*question)
    assert plain.stderr.startswith(b"1 to 2 of 5")
    for arguments in ((*library, "-q", *question), (*question, *library, "--quiet"), ("-q", *question, *library)):
        done = Imgsearch(elsewhere.library, None).run(*arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, b"")
    for arguments in ((*library, "-v", *question), (*question, *library, "--verbose")):
        done = Imgsearch(elsewhere.library, None).run(*arguments)
        assert done.stderr.decode().startswith(f"Library {imgsearch.library}; model ")
    wrong = Imgsearch(elsewhere.library, None).run("-q", "status")
    assert wrong.stderr.startswith(b"imgsearch: there is no library")
    nested = Imgsearch(elsewhere.library, None).run(*library, "review", "stats")
    assert nested.returncode == 0
