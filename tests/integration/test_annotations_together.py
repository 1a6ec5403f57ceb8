"""Several programs annotate one library at once, some of them killed, while it is indexed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.library import Library
from tests.patience import PATIENCE
from tests.unit.index_data.conftest import FakeDescriber, encode, index, paint

WRITER = """
import sys
from pathlib import Path
from index_data.annotation.actions import Annotations
from index_data.library import Library
from tests.unit.index_data.conftest import encode

library, name, count = sys.argv[1:]
with Library.open(Path(library)) as opened:
    notes = Annotations(opened, encode=encode)
    for number in range(int(count)):
        notes.edit(number % 7 + 1, f"{name} {number}")
        print(f"{name} {number}", flush=True)
"""


def writer(library: Library, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(library.paths.folder), name, str(count)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def written(library: Library) -> set[str]:
    return {one.text for some in Annotations(library).captions(range(1, 8)).values() for one in some}


def test_a_killed_program_loses_no_word(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    process = writer(library, "killed", 10_000)
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    said += process.communicate()[0].split("\n")[:-1]
    assert set(said) <= written(library)
    # One more may have been stored before it could be told.
    done = len(written(library)) - 7
    assert len(said) <= done <= len(said) + 1
    notes = Annotations(library, encode=encode)
    for _ in range(done):
        notes.undo()
    assert library.status().captions[("model", "proposed")] == 7


def test_programs_that_annotate_while_another_indexes(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    for number in range(60):
        paint(photos / "more" / f"{number}.png", (number * 4, 100, 50))
    processes = [writer(library, name, 25) for name in ("one", "two")]
    counts = index(library, photos, describer, batch=1)
    for process in processes:
        assert process.wait(timeout=PATIENCE) == 0
        process.communicate()
    assert (counts.new, counts.unchanged) == (60, 7)
    assert {f"{name} {number}" for name in ("one", "two") for number in range(25)} <= written(library)
    notes = Annotations(library, encode=encode)
    for _ in range(50):
        notes.undo()
    library.indexes.save(describer.identity)
    with library.transaction() as session:
        assert session.connection().exec_driver_sql("SELECT DISTINCT state FROM action").fetchall() == [("undone",)]
    assert library.status().captions == {("model", "proposed"): 67, ("person", "withdrawn"): 50}
    index(library, photos, describer)
    assert set(library.indexes.caption(describer.identity).ids().tolist()) == {
        one.caption_id
        for some in notes.captions(library.read(catalogue.shown_images)).values()
        for one in some
        if one.active
    }
