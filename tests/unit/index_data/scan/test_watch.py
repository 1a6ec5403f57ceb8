"""A watched folder is in the library soon after it changed, whatever happened before, meanwhile, and in between."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from watchfiles._rust_notify import WatchfilesRustInternalError

from index_data import catalogue
from index_data.errors import FolderError, LibraryLockedError
from index_data.library import Library
from index_data.scan import changes, recordings
from index_data.scan import watch as watching
from index_data.scan.events import ScanFinished
from index_data.scan.watch import watch_folders
from tests.films import make_film
from tests.patience import PATIENCE
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, paint


class Watcher:
    """Watches in a thread and tells of finished scans."""

    def __init__(self, folder: Path, photos: Path, describer: FakeDescriber) -> None:
        self.stop, self.scanned = threading.Event(), threading.Condition()
        self.scans, self.resting = 0, 0
        self.said: list[str] = []
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(folder, photos, describer))
        self._thread.start()

    def _run(self, folder: Path, photos: Path, describer: FakeDescriber) -> None:
        try:
            with Library.open(folder) as library:
                for event in watch_folders(
                    library,
                    [photos],
                    describer,
                    stop=self.stop,
                    waiting=lambda error: self.said.append(str(error)),
                    looking=self.said.append,
                ):
                    if isinstance(event, ScanFinished):
                        with self.scanned:
                            self.scans += 1
                            self.resting = event.resting
                            self.scanned.notify_all()
        except BaseException as error:
            self.failed = error

    def wait_until(self, condition: Callable[[], bool]) -> None:
        with self.scanned:
            assert self.scanned.wait_for(condition, PATIENCE)

    def end(self) -> None:
        self.stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.failed:
            raise self.failed


@contextmanager
def watching_over(library: Library, photos: Path, describer: FakeDescriber) -> Iterator[Watcher]:
    watcher = Watcher(library.paths.folder, photos, describer)
    try:
        watcher.wait_until(lambda: watcher.scans > 0)
        yield watcher
    finally:
        watcher.end()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "QUIET_MS", 50)
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.05)


@contextmanager
def writing_when_free(library: Library) -> Iterator[None]:
    """Holds the lock as another process would; the watcher's own scan, which tells it is over, may be closing still."""
    deadline = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(library.writing())
                break
            except LibraryLockedError:
                assert time.monotonic() < deadline
                threading.Event().wait(0.01)
        yield


def places(library: Library) -> int:
    return library.status().places


def test_a_film_is_taken_up_when_it_is_no_longer_recorded(
    library: Library, photos: Path, describer: FakeDescriber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film.mp4", [("red", 1.0)]).read_bytes()
    with watching_over(library, photos, describer) as watcher:
        (photos / "film.mp4").write_bytes(film[:-100])
        watcher.wait_until(lambda: watcher.resting == 1)
        # Half a film is none, and nothing is said of it.
        assert library.read(catalogue.problems) == []
        monkeypatch.setattr(recordings, "REST", 0.0)
        (photos / "film.mp4").write_bytes(film)
        watcher.wait_until(lambda: len(library.read(catalogue.all_places)) == 8)
    assert library.read(catalogue.problems) == []


def test_what_is_there_and_what_comes_is_taken_up(library: Library, photos: Path, describer: FakeDescriber) -> None:
    with watching_over(library, photos, describer) as watcher:
        assert places(library) == 7
        for number in range(20):
            paint(photos / "burst" / f"{number}.png", (number, 100, 3))
        watcher.wait_until(lambda: places(library) == 27)
        (photos / "burst").rename(photos / "moved.away")
        watcher.wait_until(
            lambda: any(b"moved.away" in path for path in library.read(catalogue.images, [10])[10].paths)
        )
        (photos / "0.png").unlink()
        watcher.wait_until(lambda: places(library) == 26)
    check_invariants(library, photos, describer.identity)
    assert describer.described == 27


def test_a_file_that_grows_is_described_when_it_is_whole(
    library: Library, photos: Path, describer: FakeDescriber, tmp_path: Path
) -> None:
    content = paint(tmp_path / "late.png", (1, 200, 1)).read_bytes()
    with watching_over(library, photos, describer) as watcher:
        (photos / "late.png").write_bytes(content[:40])
        watcher.wait_until(lambda: library.status().set_aside == 1)
        (photos / "late.png").write_bytes(content)
        watcher.wait_until(lambda: places(library) == 8)
        assert library.status().set_aside == 0


def test_what_happened_while_nobody_watched_is_found(library: Library, photos: Path, describer: FakeDescriber) -> None:
    with watching_over(library, photos, describer):
        pass
    paint(photos / "between.png", (7, 7, 7))
    with watching_over(library, photos, describer):
        assert places(library) == 8


def test_it_waits_for_another_writer(library: Library, photos: Path, describer: FakeDescriber) -> None:
    with watching_over(library, photos, describer) as watcher:
        with writing_when_free(library):
            paint(photos / "new.png", (7, 7, 7))
            while not watcher.said:
                assert watcher.failed is None
                watcher.stop.wait(0.01)
            assert places(library) == 7
        watcher.wait_until(lambda: places(library) == 8)
    assert "another imgsearch is writing" in watcher.said[0]


def test_what_concerns_no_picture_is_passed_over(tmp_path: Path) -> None:
    from watchfiles import Change

    (tmp_path / "notes.txt").touch()
    (tmp_path / "trip.2024").mkdir()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "a.jpg").touch()
    concerns = changes._concerns_pictures(tmp_path / "library")
    expected = {
        "notes.txt": False,
        "photo.JPG": True,
        "trip.2024": True,
        "gone.folder": True,
        ".imgsearchignore": True,
        "library/a.jpg": False,
        "library": False,
    }
    assert {name: concerns(Change.modified, str(tmp_path / name)) for name in expected} == expected


def test_a_folder_that_is_not_there_is_refused(library: Library, describer: FakeDescriber, tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        next(watch_folders(library, [tmp_path / "nowhere"], describer))


class NoInotify:
    """The system's library, where inotify is at one of its limits."""

    def __init__(self, call: str, number: int) -> None:
        self.call, self.number = call, number

    def inotify_init1(self, _: int) -> int:
        return self._answer("init", os.open(os.devnull, os.O_RDONLY))

    def inotify_add_watch(self, *_: object) -> int:
        return self._answer("watch", 1)

    def _answer(self, call: str, good: int) -> int:
        ctypes.set_errno(self.number if call == self.call else 0)
        return -1 if call == self.call else good


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
@pytest.mark.parametrize(("call", "number"), [("init", errno.EMFILE), ("watch", errno.ENOSPC)])
def test_where_the_system_tells_nothing_it_says_so_and_looks(
    library: Library,
    photos: Path,
    describer: FakeDescriber,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
) -> None:
    look, looks = changes._look, 0

    def counted(*arguments: Any) -> frozenset[tuple[str, int, int]]:
        nonlocal looks
        looks += 1
        return look(*arguments)

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: NoInotify(call, number))
    monkeypatch.setattr(changes, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(changes, "_look", counted)
    with watching_over(library, photos, describer) as watcher:
        assert watcher.said == ["the system's limit on inotify is reached, see fs.inotify in sysctl"]
        # At once: a look at half of it would be followed by another scan.
        paint(tmp_path / "new.png", (7, 7, 7)).rename(photos / "new.png")
        watcher.wait_until(lambda: watcher.scans >= 2)
        assert places(library) == 8
        seen = looks
        while looks < seen + 3:
            assert watcher.failed is None
            watcher.stop.wait(0.01)
        # Nothing changed since, so nothing was scanned.
        assert watcher.scans == 2


@pytest.mark.parametrize("error", [OSError("too many open files"), WatchfilesRustInternalError("no text")])
def test_a_watch_that_fails_is_followed_by_looking(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> Iterator[set[object]]:
        yield set()
        raise error

    monkeypatch.setattr(changes, "watch", fail)
    monkeypatch.setattr(changes, "LOOK_EVERY", 0.02)
    with watching_over(library, photos, describer) as watcher:
        paint(photos / "new.png", (7, 7, 7))
        watcher.wait_until(lambda: places(library) == 8)
        assert watcher.said == [str(error)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text_are_watched(library: Library, photos: Path, describer: FakeDescriber) -> None:
    folder = photos / os.fsdecode(b"caf\xe9")
    paint(folder / "a.png", (9, 9, 9))
    with watching_over(library, folder, describer) as watcher:
        assert places(library) == 1
        assert not watcher.said or "caf" in watcher.said[0] or "surrogates" in watcher.said[0]
