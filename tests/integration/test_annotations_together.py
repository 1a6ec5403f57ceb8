"""Several programs annotate one library at once, some of them killed, while it is indexed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.library import Library
from tests.patience import PATIENCE
from tests.processes import PROCESSES
from tests.unit.index_data.conftest import FakeDescriber, encode, index, paint


def write(library: Path, name: str, count: int, stored: Connection) -> None:
    """Edits captions in a process of its own, and tells of each that is stored."""
    with Library.open(library) as opened:
        notes = Annotations(opened, encode=encode)
        for number in range(count):
            notes.edit(number % 7 + 1, f"{name} {number}")
            stored.send(f"{name} {number}")


@dataclass
class Writer:
    """Such a process, and what it tells."""

    process: Any
    told: Connection

    def rest(self) -> list[str]:
        """What it tells until it ends."""
        sentences = []
        with suppress(EOFError), self.told:
            while True:
                sentences.append(self.told.recv())
        self.process.join(PATIENCE)
        return sentences


def writer(library: Library, name: str, count: int) -> Writer:
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=write, args=(library.paths.folder, name, count, theirs))
    process.start()
    theirs.close()
    return Writer(process, ours)


def written(library: Library) -> set[str]:
    return {one.text for some in Annotations(library).captions(range(1, 8)).values() for one in some}


def test_a_killed_program_loses_no_word(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    killed = writer(library, "killed", 10_000)
    said = [killed.told.recv() for _ in range(20)]
    killed.process.kill()
    said += killed.rest()
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
    writers = [writer(library, name, 25) for name in ("one", "two")]
    counts = index(library, photos, describer, batch=1)
    for each in writers:
        assert len(each.rest()) == 25
        assert each.process.exitcode == 0
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
