"""A cluster stores what one machine would, whichever workers are lost over it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.library_records import ScanCounts
from index_data.catalogue.records import Moment, MomentDescription
from index_data.cluster.pool import TOGETHER
from index_data.cluster.reader import ClusterReader
from index_data.cluster.schedule import AHEAD
from index_data.cluster.tasks import BROKE_DOWN, FilmTask, PhotographsTask
from index_data.errors import ClusterError
from index_data.library import Library
from index_data.scan.events import Event, FileSetAside, ModelNeeded, ScanFinished, ScanProgressed
from index_data.scan.pipeline import index_folders
from tests.films import make_film
from tests.libraries import new_library
from tests.unit.index_data.cluster.stand_in import StandInPool, rows
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, encode, index, paint

COUNT = 90


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one colour each, a copy of one, and one that is broken."""
    folder = tmp_path_factory.mktemp("many") / "p"
    for number in range(COUNT):
        paint(folder / f"{number:02d}.png", (2 * number, 10, 200))
    shutil.copy(folder / "03.png", folder / "04 copy.png")
    (folder / "05 broken.png").write_text("this is no picture")
    return folder


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph, two films, a copy of the first, and one that is broken."""
    folder = tmp_path_factory.mktemp("films") / "p"
    paint(folder / "photo.png", (1, 2, 3))
    make_film(folder / "film.mp4", [("red", 2.0), ("lime", 2.0)], gop=10)
    make_film(folder / "short.mp4", [("blue", 1.0)], gop=10)
    shutil.copy(folder / "film.mp4", folder / "film copy.mp4")
    (folder / "broken.mp4").write_text("this is no film")
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, many: Path) -> Iterator[Library]:
    """The library of them that one machine made."""
    with new_library(tmp_path_factory.mktemp("alone") / "library") as library:
        index(library, many, FakeDescriber())
        yield library


def scan(library: Library, folder: Path, pool: StandInPool, describer: FakeDescriber) -> list[Event]:
    """Everything that a scan on a cluster tells."""
    return list(index_folders(library, [folder], describer, reader=ClusterReader(pool)))


def test_the_rows_are_those_of_one_machine_in_their_order(
    library: Library, many: Path, alone: Library, describer: FakeDescriber
) -> None:
    pool = StandInPool(describer)
    told = scan(library, many, pool, describer)
    assert rows(library) == rows(alone)
    numbers = [
        lib.read(catalogue.images_at, [os.fsencode(path) for path in many.iterdir()]) for lib in (library, alone)
    ]
    assert numbers[0] == numbers[1]
    assert {worker for worker, _ in pool.given} == {"a", "b"}
    progress = [event for event in told if isinstance(event, ScanProgressed)]
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert progress[-1].done == progress[-1].total == COUNT + 2
    # Each picture as it is looked at.
    assert set(range(1, 9)) < {event.done for event in progress}
    assert told.count(ModelNeeded()) == 1
    again = StandInPool(describer)
    assert scan(library, many, again, describer)[-1] == ScanFinished(ScanCounts(unchanged=COUNT + 1, set_aside=1))
    assert again.given == []


def test_memory_is_bounded_however_many_files_there_are(library: Library, many: Path, describer: FakeDescriber) -> None:
    pool = StandInPool(describer, ["a"])
    events = index_folders(library, [many], describer, reader=ClusterReader(pool))
    while not pool.given:
        next(events)
    # Nobody takes what was read, and nothing more is begun.
    assert pool.most <= TOGETHER
    for _ in events:
        assert pool.most <= TOGETHER
    first = StandInPool(describer, ["a"])
    first.killers = {os.fsencode(many / "00.png")}
    other = new_library(library.paths.folder.parent / "other")
    with other:
        for event in index_folders(other, [many], describer, reader=ClusterReader(first)):
            if isinstance(event, ScanProgressed) and event.arrivals:
                break
    begun = {file.path for _, task in first.given for file in task.files}
    # The first task holds up the others, which wait to be stored after it.
    assert len(begun) <= (AHEAD * TOGETHER + 1) * 11


def test_a_worker_that_is_lost_costs_nothing_but_its_tasks(
    library: Library, many: Path, alone: Library, describer: FakeDescriber
) -> None:
    pool = StandInPool(describer)
    pool.closing = {"a"}
    told = scan(library, many, pool, describer)
    assert rows(library) == rows(alone)
    assert pool.workers == {"b"}
    progress = [event.done for event in told if isinstance(event, ScanProgressed)]
    assert progress == sorted(progress)
    check_invariants(library, many, describer.identity)


def test_a_run_ends_with_what_is_stored_when_no_worker_is_left(
    library: Library, many: Path, alone: Library, describer: FakeDescriber
) -> None:
    pool = StandInPool(describer, ["a"])
    events = index_folders(library, [many], describer, reader=ClusterReader(pool))
    for event in events:
        if isinstance(event, ScanProgressed) and event.arrivals:
            pool.closing = {"a"}
            break
    with pytest.raises(ClusterError, match="no worker is left"):
        list(events)
    assert library.status().images > 0
    told = scan(library, many, StandInPool(describer), describer)
    assert isinstance(told[-1], ScanFinished)
    assert {name: found for name, found in rows(library).items() if name != "runs"} == {
        name: found for name, found in rows(alone).items() if name != "runs"
    }


@pytest.mark.parametrize("killer", ["00.png", "40.png"])
def test_the_file_that_ends_its_reader_is_set_aside_and_no_other(
    library: Library, many: Path, alone: Library, describer: FakeDescriber, killer: str
) -> None:
    pool = StandInPool(describer)
    pool.killers = {os.fsencode(many / killer)}
    told = scan(library, many, pool, describer)
    aside = [event for event in told if isinstance(event, FileSetAside)]
    assert FileSetAside(os.fsencode(many / killer), BROKE_DOWN) in aside
    assert len(aside) == 2
    expected, got = rows(alone), rows(library)
    path = os.fsencode(many / killer)
    assert got["places"] == [row for row in expected["places"] if row[0] != path]
    assert len(got["problems"]) == 2
    finished = told[-1]
    assert isinstance(finished, ScanFinished)
    assert finished.counts.set_aside == 2
    # The next run leaves it alone.
    again = StandInPool(describer)
    scan(library, many, again, describer)
    assert again.given == []


def test_a_worker_that_does_not_see_the_files_is_left_out(
    library: Library, many: Path, alone: Library, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = StandInPool(describer)
    pool.blind = {"b": {os.fsencode(path) for path in many.iterdir()}}
    usual, reading = StandInPool._work, []

    def work(pool: StandInPool) -> None:
        hidden = many.with_name("elsewhere")
        blind = bool(pool._jobs) and pool._jobs[-1][0] == "b"
        if blind:
            reading.append(pool._jobs[-1])
            many.rename(hidden)
        try:
            usual(pool)
        finally:
            if blind:
                hidden.rename(many)

    monkeypatch.setattr(StandInPool, "_work", work)
    scan(library, many, pool, describer)
    assert rows(library) == rows(alone)
    assert len(reading) == 1
    assert list(pool.dismissed) == ["b"]
    assert pool.dismissed["b"].startswith("it cannot open ")


def test_films_are_read_side_by_side_and_stored_as_by_one_machine(
    tmp_path: Path, library: Library, films: Path, describer: FakeDescriber
) -> None:
    pool = StandInPool(describer)
    told = scan(library, films, pool, describer)
    with new_library(tmp_path / "alone") as alone:
        index(alone, films, FakeDescriber())
        assert rows(library) == rows(alone)
    assert len(rows(library)["moments"]) == 2
    assert [type(task) for _, task in pool.given] == [PhotographsTask, *[FilmTask] * 4]
    progress = [event for event in told if isinstance(event, ScanProgressed)]
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert any(event.film and event.film.seconds for event in progress)
    check_invariants(library, films, describer.identity)
    # What is known is neither described nor opened again, wherever it lies by now.
    described = describer.described
    moved = films.with_name("moved")
    films.rename(moved)
    try:
        told = scan(library, moved, StandInPool(describer), describer)
    finally:
        moved.rename(films)
    finished = told[-1]
    assert isinstance(finished, ScanFinished)
    assert finished.counts == ScanCounts(moved=4, set_aside=1)
    assert describer.described == described


def test_moments_that_people_spoke_of_are_described_by_the_next_model_too(tmp_path: Path, films: Path) -> None:
    held = []
    for name in ("alone", "cluster"):
        first, second = FakeDescriber("first"), FakeDescriber("second")
        with new_library(tmp_path / name) as library:
            index(library, films, first)
            (video,) = library.read(catalogue.images_at, [os.fsencode(films / "short.mp4")]).values()
            with library.writing(), library.transaction(write=True) as session:
                model = catalogue.model_row(session, first.identity)
                grey = first.describe(np.full((1, 8, 8, 3), 99, np.uint8))[0]
                # One that the next model does not find.
                found = [
                    MomentDescription(Moment(0, 0.4, 0.2), 1, grey),
                    MomentDescription(Moment(0.4, 1, 0.5), 2, grey),
                ]
                moments = catalogue.put_moments(session, video, found, model_id=model)
            Annotations(library, encode=encode).tag(moments, add=["kept"])
            reader = ClusterReader(StandInPool(second)) if name == "cluster" else None
            list(index_folders(library, [films], second, reader=reader))
            assert len(rows(library)["moments"]) == 3
            held.append(rows(library))
    assert held[0] == held[1]
