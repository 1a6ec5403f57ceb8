from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.library import Library
from index_data.scan.events import ScanProgressed
from index_data.scan.pipeline import index_folders
from index_data.scan.writer import ScanWriter
from tests.films import make_film
from tests.processes import exit_codes
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, index, paint


def die(*arguments: object, **options: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(count: int, function: Callable[..., Any] = lambda: None) -> Callable[..., Any]:
    """A function that works so many times, and then kills the process."""
    calls = itertools.count(1)

    def counting(*arguments: object, **options: object) -> Any:
        if next(calls) > count:
            die()
        return function(*arguments, **options)

    return counting


def scan_and_die(library: Path, photos: Path, where: str, count: int) -> None:
    """Scans in a process of its own, and kills it at one of the calls that a scan makes."""
    describer, after = FakeDescriber(), dying_after(count)
    with pytest.MonkeyPatch.context() as patch:
        if where == "describe":
            patch.setattr(describer, "describe", dying_after(count, describer.describe))
        elif where == "place":
            patch.setattr(ScanWriter, "_place", dying_after(count, ScanWriter._place))
        elif where == "finish":
            patch.setattr(ScanWriter, "finish", die)
        elif where == "save":
            patch.setattr(os, "fsync", die)
        with Library.open(library) as opened:
            for event in index_folders(opened, [photos], describer, batch=2):
                if where == "after" and isinstance(event, ScanProgressed) and event.arrivals:
                    after()


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
    assert exit_codes(scan_and_die, (library, photos, where, count)) == [-signal.SIGKILL]


@pytest.fixture
def troubled(photos: Path) -> Path:
    """Seven pictures, a copy of one, and a file that is none."""
    shutil.copy(photos / "0.png", photos / "copy.png")
    (photos / "bad.png").write_text("this is no picture")
    return photos


def films_die(library: Path, folder: Path, where: str) -> None:
    """Scans in a process of its own, and kills it within a film's reading, storing, or after one was stored."""
    describer = FakeDescriber()
    with pytest.MonkeyPatch.context() as patch:
        if where == "embed":
            patch.setattr(describer, "embed", die)
        elif where == "moments":
            patch.setattr(ScanWriter, "_embed_captions", dying_after(0))
        elif where == "place":
            patch.setattr(ScanWriter, "_put_place", dying_after(2, ScanWriter._put_place))
        with Library.open(library) as opened:
            for event in index_folders(opened, [folder], describer):
                if where == "after" and isinstance(event, ScanProgressed) and event.arrivals:
                    die()


def film_state(library: Library, root: Path) -> dict[str, tuple[object, ...]]:
    """What a library holds of films, by file and moment, without numbers."""
    query = text(
        "SELECT s.path, i.content_hash, m.start_time, m.end_time, m.frame_time, c.text, v.vector, w.vector "
        "FROM sighting s JOIN moment m ON m.image_id = s.image_id JOIN image i ON i.id = s.image_id "
        "JOIN caption c ON c.image_id = i.id JOIN image_vector v ON v.image_id = i.id "
        "JOIN caption_vector w ON w.caption_id = c.id"
    )
    with library.transaction() as session:
        rows = [tuple(row) for row in session.execute(query)]
    return {f"{os.path.relpath(os.fsdecode(row[0]), root)}@{row[2]}": row[1:] for row in rows}


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
    tmp_path: Path,
    empty_library: Path,
    troubled: Path,
    describer: FakeDescriber,
    where: str,
    count: int,
    stored: Sequence[int],
) -> None:
    for name in ("killed", "undisturbed"):
        shutil.copytree(empty_library, tmp_path / name)
    kill(tmp_path / "killed", troubled, where, count)
    with Library.open(tmp_path / "undisturbed") as library:
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
    tmp_path: Path, empty_library: Path, troubled: Path, describer: FakeDescriber, where: str, count: int
) -> None:
    with Library.open(Path(shutil.copytree(empty_library, tmp_path / "killed"))) as library:
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


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films of two scenes each, and a copy of the first."""
    folder = tmp_path_factory.mktemp("films")
    make_film(folder / "a.mp4", [("red", 3.0), ("lime", 3.0)], gop=10)
    make_film(folder / "b.mp4", [("lime", 3.0), ("blue", 3.0)], gop=10)
    shutil.copy(folder / "a.mp4", folder / "copy.mp4")
    return folder


@pytest.mark.parametrize(("where", "stored"), [("embed", 0), ("moments", 0), ("place", 2), ("after", 1)])
def test_of_a_film_that_is_killed_nothing_is_stored_or_all(
    tmp_path: Path, empty_library: Path, films: Path, describer: FakeDescriber, where: str, stored: int
) -> None:
    for name in ("killed", "undisturbed"):
        shutil.copytree(empty_library, tmp_path / name)
    assert exit_codes(films_die, (tmp_path / "killed", films, where)) == [-signal.SIGKILL]
    with Library.open(tmp_path / "undisturbed") as library:
        assert index(library, films, describer) == ScanCounts(new=2, duplicate=1)
        expected, sums = film_state(library, films), totals(library)
        assert len(expected) == 6
    with Library.open(tmp_path / "killed") as library:
        assert len(library.read(catalogue.all_places)) == stored
        counts = index(library, films, describer)
        assert (counts.unchanged, counts.new + counts.duplicate) == (stored, 3 - stored)
        assert film_state(library, films) == expected
        assert totals(library) == sums
        check_invariants(library, films, describer.identity)
