"""Scans folders in a thread while the app goes on: it reports how far it is, and stops when it is asked to."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any, cast

from textual.app import App
from textual.message import Message

from captioning.describer import Describer
from captioning.errors import CaptioningError
from index_data.errors import LibraryError
from index_data.library import Library
from index_data.scan.events import (
    Event,
    FileSetAside,
    FilesListed,
    FilmProgress,
    ModelNeeded,
    ScanFinished,
    ScanProgressed,
)
from index_data.scan.pipeline import index_folders, retry_files
from search.output.scan_words import film_words, finished_words
from search.tui.services.write_queue import ThreadFailed


@dataclass(frozen=True, slots=True)
class ScanStatus:
    """How far a scan is.

    Attributes:
        folders: Which are scanned; none where single files are looked at again.
        total: New or changed files; none while the folders are walked.
        done: Of those, stored or skipped.
        aside: Files and folders that could not be read.
        rate: Files a second, since the first was begun.
        loading: Whether the model is being loaded, so that nothing is described yet.
        film: The one that is being looked at, if it is one.
        finished: What was found, at the end.
        error: Why it ended before that.
        stopped: Whether a person ended it.
    """

    folders: tuple[Path, ...]
    total: int | None = None
    done: int = 0
    aside: int = 0
    rate: float = 0.0
    loading: bool = False
    film: FilmProgress | None = None
    finished: ScanFinished | None = None
    error: str = ""
    stopped: bool = False

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.finished is None and not self.error and not self.stopped

    @property
    def brief(self) -> str:
        """A few words for a place where there is little room; none when it is over."""
        if not self.running:
            return ""
        if self.loading:
            return "loading the model"
        return "looking" if self.total is None else f"indexing {self.done:,}/{self.total:,}"

    @property
    def sentence(self) -> str:
        """How far it is, or how it ended, in a sentence."""
        if self.error:
            return self.error[:1].upper() + self.error[1:] + "."
        if self.finished is not None:
            return "Done: " + (finished_words(self.finished) or "there are no photographs or videos")
        if self.stopped:
            done = "before anything was indexed" if not self.done else f"after {self.done:,} of {self.total or 0:,}"
            return f"Indexing stopped {done}; the next scan goes on from there."
        if self.total is None:
            return "Looking through " + (", ".join(map(str, self.folders)) or "what was skipped")
        parts = [f"{self.done:,} of {self.total:,}", *(["loading the model"] if self.loading else [])]
        if self.film is not None:
            parts.append(film_words(self.film))
        if self.rate:
            parts += [f"{self.rate:.1f} a second", _time_left((self.total - self.done) / self.rate)]
        return " · ".join([*parts, *([f"{self.aside:,} skipped"] if self.aside else [])])


Events = Generator[Event, None, None]
"""What `index_folders` gives; closing it ends the scan."""


@dataclass
class ScanUpdated(Message):
    """A scan began, advanced, or ended."""

    scan: ScanStatus


NICENESS = 5
"""Steps of priority by which indexing stands back behind the keys that a person presses."""


class ScanRunner:
    """One scan at a time, of one library."""

    def __init__(
        self,
        app: App[None],
        library: Library,
        describer: Describer,
        *,
        batch: int,
        always_exclude: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """Takes what gives the patterns that are left out in every folder when a scan begins."""
        self._app, self._library, self._describer = app, library, describer
        self._batch, self._always_exclude = batch, always_exclude
        self._stop, self._idle = Signal(), Signal()
        self._idle.set()

    @property
    def running(self) -> bool:
        """Whether a scan goes on."""
        return not self._idle.is_set()

    def start(self, folders: Sequence[Path]) -> bool:
        """Begins a scan, and gives whether it did: only one runs at a time. The app gets `ScanUpdated`."""
        scan = partial(index_folders, self._library, folders, self._describer, **self._options())
        return self._begin(tuple(folders), scan)

    def retry(self, paths: Sequence[bytes]) -> bool:
        """Begins another look at what was set aside, and at nothing else; the same holds as for `start`."""
        scan = partial(retry_files, self._library, paths, self._describer, **self._options())
        return self._begin((), scan)

    def _begin(self, folders: tuple[Path, ...], scan: Callable[[], Iterator[Event]]) -> bool:
        if self.running:
            return False
        self._stop.clear()
        self._idle.clear()
        # In a thread of its own: a lowered priority cannot be raised again, and Textual reuses its threads. It ends
        # with the process, however long a batch takes: what is stored is stored whole.
        Thread(target=self._run, args=(folders, scan), name="index", daemon=True).start()
        return True

    def _options(self) -> dict[str, Any]:
        return {"batch": self._batch, "always_exclude": self._always_exclude()}

    def wait(self, seconds: float) -> bool:
        """Waits until no scan goes on, but not longer than so many seconds; says whether none does."""
        return self._idle.wait(seconds)

    def stop(self) -> None:
        """Ends the scan after the batch in flight; what is stored stays."""
        self._stop.set()

    def _run(self, folders: tuple[Path, ...], scan: Callable[[], Iterator[Event]]) -> None:
        _lower_priority()
        try:
            events = cast("Events", scan())
            last = follow(ScanStatus(folders), events, report=self._report, cancelled=self._stop.is_set)
        except Exception as error:  # a thread's errors would be lost; the app ends with this one
            self._app.post_message(ThreadFailed(error))
            return
        finally:
            self._idle.set()
        self._report(last)

    def _report(self, scan: ScanStatus) -> None:
        self._app.post_message(ScanUpdated(scan))


def follow(
    scan: ScanStatus,
    events: Events,
    *,
    report: Callable[[ScanStatus], None],
    cancelled: Callable[[], bool],
) -> ScanStatus:
    """Takes the events of a scan to their end, or until it is cancelled, and gives how it ended."""
    report(scan)
    began = time.monotonic()
    try:
        for event in events:
            if isinstance(event, FilesListed):
                began = time.monotonic()
            scan = _update(scan, event, time.monotonic() - began)
            if scan.running:
                report(scan)
                if cancelled():
                    return replace(scan, stopped=True)
    except (LibraryError, CaptioningError) as error:
        return replace(scan, error=str(error))
    finally:
        # Releases the writer's lock now rather than when the generator is collected.
        events.close()
    return scan


def _update(scan: ScanStatus, event: Event, seconds: float) -> ScanStatus:
    match event:
        case FilesListed():
            return replace(scan, total=event.pending)
        case ScanProgressed():
            done = event.done + (event.film.share if event.film else 0.0)
            rate = done / seconds if seconds > 0 else 0.0
            return replace(scan, done=event.done, rate=rate, loading=False, film=event.film)
        case FileSetAside():
            return replace(scan, aside=scan.aside + 1)
        case ScanFinished():
            return replace(scan, finished=event)
        case ModelNeeded():
            return replace(scan, loading=True)


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 5400 else f"{seconds / 3600:.1f} h left"


def _lower_priority() -> None:
    """Lets this thread, and those that it starts, work when the interface has nothing to do."""
    if sys.platform == "linux":  # elsewhere only whole processes have a priority
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
