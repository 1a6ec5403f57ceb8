"""Tables: whole for programs, and in a terminal as wide as that is, with every figure."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from search.cli.console import shown_path
from search.cli.render import print_table

HEADER = ["rank", "probability", "path", "caption"]
ROWS = [
    ["1", "93%", "holiday/2019/a photograph with a long name.jpg", "a black dog runs along the beach " * 3],
    ["100", "9%", "b.jpg", ""],
]


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout that counts as a terminal of 80 columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("terminal")
def test_a_caption_goes_to_a_second_line_and_figures_keep_their_width(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEADER, ROWS, figures=2)
    lines = printed(capsys)
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["rank", "probability", "path"]
    assert lines[2].split() == ["1", "93%", "holiday/2019/a", "photograph", "with", "a", "long", "name.jpg"]
    assert lines[1] == "    caption" + " " * (len(lines[1]) - 11)
    assert " ".join(" ".join(lines[3:-1]).split()) == ROWS[0][-1].strip()
    assert all(line.startswith("    ") for line in lines[3:-1])
    assert lines[-1].split() == ["100", "9%", "b.jpg"]


@pytest.mark.usefixtures("terminal")
def test_a_path_gives_way_before_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEADER, [["12345", "93%", "x" * 200, "a dog"]], figures=2)
    lines = printed(capsys)
    assert max(map(len, lines)) <= 80
    assert lines[2].split()[:2] == ["12345", "93%"]
    assert lines[2].rstrip().endswith("…")
    assert lines[3].strip() == "a dog"


@pytest.mark.usefixtures("terminal")
def test_verdicts_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["", "what should hold", "what was found"], [["FAULT", "y" * 60, "z" * 60]], figures=1)
    lines = printed(capsys)
    assert lines[2].startswith("FAULT")
    assert lines[3].strip() == "z" * 60


@pytest.mark.usefixtures("terminal")
def test_a_table_of_two_columns_breaks_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["measure", "value"], [["captions", "by the model, " * 10]])
    lines = printed(capsys)
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines[1:]).split()) == ("captions " + "by the model, " * 10).strip()


@pytest.mark.usefixtures("terminal")
def test_what_fits_is_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEADER, [["1", "93%", "a.jpg", "a dog"]], figures=2)
    assert [line.split() for line in printed(capsys)] == [HEADER, ["1", "93%", "a.jpg", "a", "dog"]]


def test_a_file_gets_everything_in_one_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    print_table(HEADER, ROWS, figures=2)
    lines = printed(capsys)
    assert len(lines) == 3
    assert ROWS[0][-1].strip() in lines[1]


def test_paths_are_told_from_the_current_folder_where_that_is_shorter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home" / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = os.fsencode(tmp_path / "home")
    assert shown_path(path + b"/here/a.png") == f"{tmp_path}/home/here/a.png"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert shown_path(path + b"/here/a.png") == "a.png"
    assert shown_path(path + b"/b.png") == "~/b.png"
    assert shown_path(os.fsencode(tmp_path) + b"/c.png") == "../../c.png"
    assert shown_path(b"/d.png") == "/d.png"
