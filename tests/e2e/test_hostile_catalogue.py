"""A catalogue whose cells hold what no imgsearch writes: commands answer, or say in a sentence that it is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from index_data.library import Library
from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch

CELLS = {
    "text that is not UTF-8": "UPDATE caption SET text = CAST(X'e9ff' AS TEXT)",
    "a date that is none": "UPDATE image SET taken_at = 'yesterday'",
    "a date as a number": "UPDATE caption SET created_at = 12345678901234567890",
    "a size that is none": "UPDATE image SET width = 'wide', height = -1",
    "a hash that is none": "UPDATE image SET perceptual_hash = 'zzz'",
    "a camera of bytes": "UPDATE image SET camera = X'00ff1b'",
    "a path of text": "UPDATE place SET path = 'a' || id",
    "a vector of nothing": "UPDATE image_vector SET vector = X''",
    "a reason of escapes": "UPDATE image SET format = char(27) || '[2J'",
}
COMMANDS = [
    ["query", "width:>1", "--format", "json"],
    ["query", "a dog"],
    ["review", "list"],
    ["export", "--format", "csv", "--proposals"],
    ["duplicates"],
    ["status"],
]


@pytest.mark.parametrize("statement", CELLS.values(), ids=CELLS)
def test_odd_cells(imgsearch: Imgsearch, tmp_path: Path, statement: str) -> None:
    mine = Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)
    with Library.open(mine.library) as library, library.transaction(write=True) as session:
        session.execute(text("PRAGMA ignore_check_constraints = ON"))
        session.execute(text(statement))
    for command in COMMANDS:
        done = mine.run(*command)
        assert done.returncode in (ExitCode.OK, ExitCode.NOTHING_FOUND, ExitCode.LIBRARY, ExitCode.SET_ASIDE)
        assert b"\x1b" not in done.stdout + done.stderr
        if done.returncode == ExitCode.LIBRARY:
            assert done.stderr.count(b"\n") == 1


def test_a_damaged_catalogue_comes_in_nowhere(imgsearch: Imgsearch, tmp_path: Path) -> None:
    theirs, mine = (Path(shutil.copytree(imgsearch.library, tmp_path / name)) for name in ("theirs", "mine"))
    with Library.open(theirs) as library, library.transaction(write=True) as session:
        session.execute(text(CELLS["a date that is none"]))
    ours = Imgsearch(mine, imgsearch.model)
    for command, source, code in (
        ("merge", theirs, ExitCode.LIBRARY),
        ("restore", theirs / "catalogue.sqlite", ExitCode.FILE),
    ):
        done = ours.run(command, source)
        assert done.returncode == code
        assert b"image holds a cell of the wrong kind" in done.stderr
    assert ours.run("doctor").returncode == ExitCode.OK
    assert b"wrong kind" in Imgsearch(theirs, imgsearch.model).run("doctor").stdout
