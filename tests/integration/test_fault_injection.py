"""Runs that are killed at random points, or whose disk fills up, end as undisturbed ones when they are run again."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import pytest

from index_data.annotation.actions import Annotations
from index_data.columns import cache
from index_data.columns.cache import ColumnCache
from index_data.columns.file import save_columns
from index_data.columns.reading import read_columns
from index_data.columns.stems import number_of
from index_data.errors import LibraryNotWritableError
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from tests.integration.test_crash_safety import state, totals
from tests.processes import PROCESSES, exit_codes
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, encode, index, paint, seven_pictures

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")

ENDED, NOT_WRITABLE = 0, 5
NEVER = -1


def scan(library: Path, photos: Path, at: int, most_bytes: int, calls: Any) -> None:
    """A whole run in a process of its own, killed at a call of any function, or unable to write larger files."""
    if most_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    count = 0

    def tick(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(tick)
    try:
        with Library.open(library) as opened:
            for _ in index_folders(opened, [photos], FakeDescriber(), batch=2):
                pass
    except LibraryNotWritableError:
        sys.exit(NOT_WRITABLE)
    finally:
        sys.setprofile(None)
        calls.value = count


def run(library: Path, photos: Path, *, at: int = NEVER, most_bytes: int = 0) -> tuple[int | None, int]:
    """How the process ended, and how many functions it called."""
    calls = PROCESSES.Value(ctypes.c_longlong, 0)
    (code,) = exit_codes(scan, (library, photos, at, most_bytes, calls))
    return code, calls.value


def disturb(photos: Path) -> None:
    """What may happen to a folder between two runs: pictures come, go, move, change, and break."""
    (photos / "0.png").rename(photos / "deep" / "moved.png")
    (photos / "1.png").unlink()
    paint(photos / "2.png", (250, 250, 0))
    os.utime(photos / "2.png", ns=(1, 1))
    (photos / "3.png").write_text("broken")
    shutil.copy(photos / "4.png", photos / "copy.png")
    for number in range(4):
        paint(photos / f"fresh{number}.png", (1, 250, 40 * number))


@dataclass(frozen=True)
class Undisturbed:
    """What a run that nothing disturbed left, and how many functions it called."""

    state: dict[str, tuple[bytes, str, bytes, bytes, str]]
    totals: dict[str, int]
    calls: int


def compare(killed: Path, undisturbed: Undisturbed, photos: Path) -> None:
    """Carries a killed run on, and holds what it leaves beside what an undisturbed one left."""
    describer = FakeDescriber()
    with Library.open(killed) as library:
        index(library, photos, describer)
        assert state(library, photos) == undisturbed.state
        assert totals(library) == undisturbed.totals
        check_invariants(library, photos, describer.identity)
        assert library.stray_files() == []


def run_undisturbed(library: Path, photos: Path) -> Undisturbed:
    ended, calls = run(library, photos)
    assert ended == ENDED
    assert calls > 1000
    with Library.open(library) as opened:
        return Undisturbed(state(opened, photos), totals(opened), calls)


def changed_since_its_last_run(library: Path, photos: Path) -> None:
    with Library.open(library) as opened:
        index(opened, photos, FakeDescriber())
    disturb(photos)


@pytest.fixture
def later(tmp_path: Path, empty_library: Path, photos: Path) -> Path:
    """A library whose folder changed since its last run."""
    folder = Path(shutil.copytree(empty_library, tmp_path / "killed"))
    changed_since_its_last_run(folder, photos)
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, empty_library: Path) -> Undisturbed:
    """What such a library comes to, wherever its folder lies."""
    place = tmp_path_factory.mktemp("undisturbed")
    folder, photos = Path(shutil.copytree(empty_library, place / "library")), seven_pictures(place / "photos")
    changed_since_its_last_run(folder, photos)
    return run_undisturbed(folder, photos)


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 60))])
def test_killed_at_random_points_and_again(later: Path, photos: Path, undisturbed: Undisturbed, seed: int) -> None:
    draw = random.Random(seed)
    # One run killed early may be killed again later; what is left to do shrinks, so that some kills come too late.
    kills = [run(later, photos, at=draw.randrange(1, undisturbed.calls))[0] for _ in range(5)]
    assert kills[0] == -signal.SIGKILL
    assert set(kills) <= {-signal.SIGKILL, ENDED}
    compare(later, undisturbed, photos)


@pytest.mark.parametrize("seed", range(2))
def test_a_first_run_killed_at_random_points(tmp_path: Path, empty_library: Path, photos: Path, seed: int) -> None:
    for name in ("killed", "undisturbed"):
        shutil.copytree(empty_library, tmp_path / name)
    undisturbed = run_undisturbed(tmp_path / "undisturbed", photos)
    draw = random.Random(seed)
    assert run(tmp_path / "killed", photos, at=draw.randrange(1, undisturbed.calls))[0] == -signal.SIGKILL
    compare(tmp_path / "killed", undisturbed, photos)


def test_a_disk_that_fills_up(later: Path, photos: Path, undisturbed: Undisturbed) -> None:
    """Whatever file is the first that takes no more: SQLite's log, the catalogue, or an index."""
    # The catalogue is there and some 150 kB long; the log begins anew.
    ends = [run(later, photos, most_bytes=most)[0] for most in (100, 5_000, 20_000, 40_000, 80_000)]
    assert ends[0] == NOT_WRITABLE
    assert set(ends) <= {NOT_WRITABLE, ENDED}
    compare(later, undisturbed, photos)


def save_columns_of(library: Path, at: int, calls: Any) -> None:
    """Writes what queries weigh in a process of its own, killed at a call of any function while the file is written."""
    count = 0

    def tick(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)

    def save(*args: Any, **kwargs: Any) -> None:
        sys.setprofile(tick)
        try:
            save_columns(*args, **kwargs)
        finally:
            sys.setprofile(None)

    with (
        patch.object(cache, "save_columns", save),
        Library.open(library) as opened,
        opened.transaction() as session,
    ):
        opened.columns.save(session, FakeDescriber().identity, None)
    calls.value = count


def test_killed_while_what_queries_weigh_is_written(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    path = library.paths.columns(describer.identity.id)
    former = path.read_bytes()
    Annotations(library, encode=encode).tag([1], add=["Rex"])
    calls = PROCESSES.Value(ctypes.c_longlong, 0)
    assert exit_codes(save_columns_of, (library.paths.folder, NEVER, calls)) == [ENDED]
    assert path.read_bytes() != former
    for at in (1, calls.value // 3, 2 * calls.value // 3, calls.value):
        path.write_bytes(former)
        assert exit_codes(save_columns_of, (library.paths.folder, at, calls)) == [-signal.SIGKILL]
        with library.transaction() as session:
            columns = ColumnCache(library.paths).columns(session, describer.identity, None)
            assert columns.says(read_columns(session, describer.identity, None))
        assert columns.ids[columns.lists["tags"].of(number_of("Rex"))].tolist() == [1]
    library.remove_stray_files()
    assert [file.name for file in library.paths.folder.glob("*.columns*")] == [path.name]
