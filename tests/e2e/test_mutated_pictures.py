"""`imgsearch index` on two thousand pictures with bytes changed at random: each is described or set aside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch
from tests.unit.index_data.test_mutated_pictures import mutate

COUNT = 2000


@pytest.mark.slow
def test_two_thousand_through_the_command(tiny_model: Path, tmp_path: Path) -> None:
    mutate(tmp_path / "photos", COUNT)
    mine = Imgsearch(tmp_path / "library", tiny_model)
    for label in ("new", "unchanged"):
        done = mine.run_process("index", tmp_path / "photos")
        assert (done.returncode, done.stdout) == (ExitCode.OK, b"")
        *aside, more, closing = done.stderr.decode().splitlines()
        assert all(line.startswith(f"skipped: {tmp_path / 'photos'}/") for line in aside)
        assert more.startswith("... and ")
        told = re.findall(r"(\d[\d,]*) (\w+(?: \w+)?)", closing)
        figures = {name: int(number.replace(",", "")) for number, name in told}
        assert sum(figures.values()) == COUNT
        assert figures[label] > COUNT / 10
    assert mine.run("doctor").returncode == ExitCode.OK
