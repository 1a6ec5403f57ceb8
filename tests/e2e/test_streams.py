"""A stdout that is full, closed, or lacks characters, and streams that are not there: one sentence, no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw
from tests.patience import PATIENCE

COMMANDS = [["captions", "a dog"], ["export", "-f", "csv", "--proposals"], ["--help"]]
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")


def through_shell(imgsearch: Imgsearch, command: list[str], redirection: str, **environment: str) -> tuple[int, bytes]:
    """Runs a command with redirected streams: its exit code, and what it said on stderr, without the shell's words."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *imgsearch.command(*command)],
        env={**imgsearch.environment(), **environment},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception ignored" not in done.stderr, done.stderr.decode()
    return done.returncode, done.stderr


@FULL
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk(imgsearch: Imgsearch, command: list[str]) -> None:
    code, words = through_shell(imgsearch, command, ">/dev/full")
    assert code == ExitCode.FAILED
    assert words.decode().splitlines()[-1] == "imgsearch: stdout could not be written: No space left on device"


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_a_closed_stdout(imgsearch: Imgsearch, command: list[str]) -> None:
    code, words = through_shell(imgsearch, command, ">&-")
    assert code == ExitCode.FAILED
    assert words.decode().splitlines()[-1] == "imgsearch: stdout could not be written: it is closed"


def test_what_prints_nothing_needs_no_streams(imgsearch: Imgsearch, photos: Path, tmp_path: Path) -> None:
    mine = Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)
    draw(tmp_path / "more", 2, seed=9)
    assert through_shell(mine, ["index", str(tmp_path / "more")], "<&- >&- 2>&-")[0] == ExitCode.OK
    # Nothing that is printed may land in a file that took the number of a closed stream.
    assert mine.run("doctor").returncode == ExitCode.OK
    assert mine.run("query", "width:>1", "-f", "paths").stdout.count(b"\n") == 7


@FULL
def test_a_full_stderr_does_not_keep_results_back(imgsearch: Imgsearch) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>/dev/full', "sh", *imgsearch.command("export", "-f", "jsonl", "--proposals")],
        env=imgsearch.environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == ExitCode.OK


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_stdout_lacks_are_escaped(imgsearch: Imgsearch, tmp_path: Path, encoding: str) -> None:
    mine = Imgsearch(tmp_path / "library", imgsearch.model)
    folder = draw(tmp_path / "photos", 1)
    (folder / "000.png").rename(folder / "Möwe 🏖.png")
    assert mine.run("index", folder).returncode == ExitCode.OK
    done = subprocess.run(
        mine.command("query", "width:>1"),
        env={**mine.environment(), "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")
    expected = "Möwe 🏖.png".encode(encoding, "backslashreplace")
    assert expected in done.stdout
    paths = subprocess.run(
        mine.command("query", "width:>1", "-f", "paths"),
        env={**mine.environment(), "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert paths.stdout == os.fsencode(folder / "Möwe 🏖.png") + b"\n"
