from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from index_data.catalogue.records import ScanCounts
from index_data.library import Library
from tests.patience import PATIENCE
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, index, paint

KILLED = """
import os, signal, sys
from pathlib import Path
from index_data.scan import pipeline
from index_data.scan.events import ScanProgressed
from index_data.library import Library
from index_data.scan.writer import ScanWriter
from index_data.vectors.index import VectorIndex
from tests.unit.index_data.conftest import FakeDescriber

library, photos, where, count = sys.argv[1:]
calls = 0

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def at_call(function):
    def counting(*arguments, **options):
        global calls
        calls += 1
        if calls > int(count):
            die()
        return function(*arguments, **options)
    return counting

describer = FakeDescriber()
if where == "describe":
    describer.describe = at_call(describer.describe)
elif where == "place":
    ScanWriter._place = at_call(ScanWriter._place)
elif where == "finish":
    ScanWriter.finish = die
elif where == "save":
    os.fsync = die

with Library.open(Path(library), create=True) as opened:
    for event in pipeline.index_folders(opened, [Path(photos)], describer, batch=2):
        if where == "after" and isinstance(event, ScanProgressed):
            at_call(lambda: None)()
"""


def state(library: Library, root: Path) -> dict[str, tuple[bytes, str, bytes, bytes, str]]:
    """What a library holds, by file, without numbers and times."""
    query = text(
        "SELECT p.path, i.content_hash, c.text, v.vector, w.vector, group_concat(k.word) FROM place p "
        "JOIN image i ON i.id = p.image_id JOIN caption c ON c.image_id = i.id "
        "JOIN image_vector v ON v.image_id = i.id JOIN caption_vector w ON w.caption_id = c.id "
        "JOIN keyword k ON k.image_id = i.id GROUP BY p.path"
    )
    with library.transaction() as session:
        return {os.path.relpath(os.fsdecode(path), root): tuple(rest) for path, *rest in session.execute(query)}


def totals(library: Library) -> dict[str, int]:
    tables = ("image", "place", "caption", "keyword", "image_vector", "caption_vector", "problem", "model")
    with library.transaction() as session:
        return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables}


def kill(library: Path, photos: Path, where: str, count: int) -> None:
    command = [sys.executable, "-c", KILLED, str(library), str(photos), where, str(count)]
    done = subprocess.run(command, check=False, timeout=PATIENCE, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture
def troubled(photos: Path) -> Path:
    """Seven pictures, a copy of one, and a file that is none."""
    shutil.copy(photos / "0.png", photos / "copy.png")
    (photos / "bad.png").write_text("this is no picture")
    return photos


pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")


@pytest.mark.parametrize(
    ("where", "count", "stored"),
    [
        # What was described by then may or may not be stored.
        ("describe", 2, [0, 2, 4]),
        # In the middle of a batch's transaction.
        ("place", 3, [2]),
        # Between a batch and the next.
        ("after", 1, [4]),
        # With every batch stored, before and after the scan is noted as finished.
        ("finish", 0, [8]),
        ("save", 0, [8]),
    ],
)
def test_a_killed_first_run_ends_as_an_undisturbed_one(
    tmp_path: Path, troubled: Path, describer: FakeDescriber, where: str, count: int, stored: Sequence[int]
) -> None:
    kill(tmp_path / "killed", troubled, where, count)
    with Library.open(tmp_path / "undisturbed", create=True) as library:
        assert index(library, troubled, describer) == ScanCounts(new=7, duplicate=1, set_aside=1)
        expected, sums = state(library, troubled), totals(library)
    with Library.open(tmp_path / "killed") as library:
        there = library.status().places
        assert there in stored
        counts = index(library, troubled, describer, batch=2)
        assert (counts.unchanged, counts.new + counts.duplicate, counts.set_aside) == (there, 8 - there, 1)
        assert state(library, troubled) == expected
        assert totals(library) == sums
        check_invariants(library, troubled, describer.identity)
        assert not list(library.paths.folder.glob("*.new"))


@pytest.mark.parametrize(("where", "count"), [("place", 2), ("place", 3), ("finish", 0)])
def test_a_killed_later_run_ends_as_an_undisturbed_one(
    tmp_path: Path, troubled: Path, describer: FakeDescriber, where: str, count: int
) -> None:
    with Library.open(tmp_path / "killed", create=True) as library:
        index(library, troubled, describer)
    shutil.copytree(tmp_path / "killed", tmp_path / "undisturbed")
    (troubled / "0.png").rename(troubled / "deep" / "moved.png")
    (troubled / "1.png").unlink()
    paint(troubled / "2.png", (250, 250, 0))
    os.utime(troubled / "2.png", ns=(1, 1))
    paint(troubled / "bad.png", (250, 0, 250))
    (troubled / "3.png").write_text("broken")
    paint(troubled / "fresh.png", (1, 250, 0))
    kill(tmp_path / "killed", troubled, where, count)
    with Library.open(tmp_path / "undisturbed") as library:
        assert index(library, troubled, describer) == ScanCounts(
            new=2, changed=1, unchanged=4, moved=1, removed=1, set_aside=1
        )
        expected, sums = state(library, troubled), totals(library)
    with Library.open(tmp_path / "killed") as library:
        index(library, troubled, describer)
        assert state(library, troubled) == expected
        assert totals(library) == sums
        check_invariants(library, troubled, describer.identity)
