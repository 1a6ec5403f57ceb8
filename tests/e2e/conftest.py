"""Runs the real command line in the tests' process; `Imgsearch.command` is for what is about processes."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from search.cli import run
from tests.patience import PATIENCE

get_command = functools.cache(typer.main.get_command)
"""Reads what all commands take once in a process: that is half of the time of most."""

_TAKE_MODEL = ("index", "watch", "query", "search", "similar", "caption", "captions", "eval", "export")


@dataclass(frozen=True)
class Imgsearch:
    """The command line with a library and a model."""

    library: Path
    model: Path | None

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.own_environment()}

    def own_environment(self) -> dict[str, str]:
        return {"IMGSEARCH_LIBRARY": str(self.library), "COLUMNS": "100"}

    def arguments(self, *arguments: str | bytes | Path) -> list[str]:
        """The arguments of a command, with the model where it takes one."""
        given = [os.fsdecode(argument) for argument in arguments]
        takes_model = given[0] in _TAKE_MODEL
        return [*given, "--model", str(self.model)] if self.model and takes_model else given

    def command(self, *arguments: str | bytes | Path) -> list[str]:
        """The command line that starts a process."""
        return [sys.executable, "-m", "search.cli", *self.arguments(*arguments)]

    def run(self, *arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
        """Runs a command to its end in this process; what escapes is a traceback, and never an answer."""
        given, code = self.arguments(*arguments), 0
        with (
            CliRunner().isolation(env=self.own_environment()) as (out, err, _),
            warnings.catch_warnings(),
            pytest.MonkeyPatch.context() as patch,
        ):
            # As in a process of its own, where a warning is shown and fails nothing.
            warnings.resetwarnings()
            warnings.simplefilter("ignore", DeprecationWarning)
            patch.setattr(typer.main, "get_command", get_command)
            patch.setattr(sys, "argv", ["imgsearch", *given])
            try:
                run()
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
            sys.stdout.flush()
            sys.stderr.flush()
            written, told = out.getvalue(), err.getvalue()
        return subprocess.CompletedProcess(given, code, written, told)

    def run_process(self, *arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
        """Runs a command to its end in a process of its own; a traceback is never an answer."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment(), capture_output=True, timeout=PATIENCE, check=False
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done


def draw(folder: Path, count: int, *, side: int = 40, seed: int = 0) -> Path:
    """Draws pictures of noise."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    for number in range(count):
        Image.fromarray(generator.integers(0, 256, (side, side, 3), np.uint8)).save(folder / f"{number:03d}.png")
    return folder


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pictures, one of them with a name that is not UTF-8."""
    folder = draw(tmp_path_factory.mktemp("e2e") / "photos", 5)
    (folder / "004.png").rename(folder / os.fsdecode(b"caf\xe9.png"))
    return folder


@pytest.fixture(scope="session")
def imgsearch(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, photos: Path) -> Imgsearch:
    """A library of the five pictures, which the tests only read."""
    made = Imgsearch(tmp_path_factory.mktemp("e2e") / "library", tiny_model)
    done = made.run("index", photos)
    assert done.returncode == 0
    assert done.stdout == b""
    assert done.stderr.endswith(b"5 new\n")
    return made
