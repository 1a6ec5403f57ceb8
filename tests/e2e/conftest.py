"""Runs the real command line, each command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@dataclass(frozen=True)
class Imgsearch:
    """The command line with a library and a model."""

    library: Path
    model: Path | None

    def environment(self) -> dict[str, str]:
        return {**os.environ, "IMGSEARCH_LIBRARY": str(self.library), "COLUMNS": "100"}

    def command(self, *arguments: str | bytes | Path) -> Sequence[str | bytes | Path]:
        own: list[str | Path] = []
        if self.model and arguments[0] in ("index", "watch", "query", "similar", "caption", "captions", "eval"):
            own = ["--model", self.model]
        return [sys.executable, "-m", "search.cli", *arguments, *own]

    def run(self, *arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
        """Runs a command to its end; a traceback is never an answer."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment(), capture_output=True, timeout=300, check=False
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
    assert done.stderr.endswith(b"5 new, 0 unchanged, 0 moved, 0 removed, 0 set aside\n")
    return made
