"""The real program in terminals of its own: one that is killed loses nothing, and two on one library agree."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.library import Library
from index_data.maintenance.doctor import examine
from tests.functional.conftest import COUNT
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


class Terminal:
    """A program behind a terminal that shows its screen to nobody."""

    def __init__(self, *command: str) -> None:
        self._side, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 480, 800))
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.screen = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: bytes) -> None:
        os.write(self._side, keys)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert self.process.poll() is None, bytes(self.screen[-3000:]).decode(errors="replace")
            assert time.monotonic() < end, f"waited for {what} in vain"
            self._reader.join(0.02)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        os.close(self._side)

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._side, 65536)
            except OSError:  # the program has ended
                return
            self.screen += chunk


@contextmanager
def terminal(*command: str) -> Iterator[Terminal]:
    opened = Terminal(*command)
    try:
        yield opened
    finally:
        opened.close()


def accepted(library: Library) -> int:
    return library.status().captions.get(("model", "accepted"), 0)


def test_a_killed_terminal_loses_no_word(library: Library, tiny_model: Path) -> None:
    command = ["search.cli", "tui", "--library", str(library.paths.folder), "--model", str(tiny_model)]
    with terminal(*command) as shown:
        shown.until(lambda: b"Review" in shown.screen, "the app")
        shown.press(b"2")
        shown.until(lambda: b"waiting" in shown.screen and b"a Accept" in _words(shown.screen), "the queue")
        shown.until(
            lambda: b"1 of 12" in shown.screen and b"number 1 of 12" in _words(shown.screen), "the first photograph"
        )
        for done in range(1, 5):
            shown.press(b"a")
            shown.until(lambda done=done: accepted(library) >= done, f"{done} accepted")  # type: ignore[misc]
        # Typed ahead, as a slow connection delivers it: none of these letters may be taken for a key of the queue.
        shown.press(b"e our dog\r")
        shown.until(lambda: library.status().captions.get(("person", "accepted"), 0) == 1, "the edited caption")
        # In the middle of more: nothing says how many of these are still done.
        shown.press(b"aaaaa")
        os.kill(shown.process.pid, signal.SIGKILL)
        shown.process.wait()
    with Library.open(library.paths.folder) as again:
        notes = Annotations(again)
        there = accepted(again)
        assert 4 <= there <= COUNT - 1
        stored = notes.captions(again.read(catalogue.shown_images))
        assert any(
            caption.text.endswith("our dog") and caption.author == "person"
            for captions in stored.values()
            for caption in captions
        )
        assert [finding for finding in examine(again) if not finding.healthy] == []
        # Each was an action of its own, and is taken back as one.
        for _ in range(there + 1):
            notes.undo()
        assert again.status().captions[("model", "proposed")] == COUNT


def test_two_terminals_on_one_library_agree(library: Library, tiny_model: Path) -> None:
    command = ["search.cli", "tui", "--library", str(library.paths.folder), "--model", str(tiny_model)]
    with terminal(*command) as first, terminal(*command) as second:
        for shown in (first, second):
            shown.until(lambda shown=shown: b"Review" in shown.screen, "the app")  # type: ignore[misc]
            shown.press(b"2")
            shown.until(lambda shown=shown: b"number 1 of 12" in _words(shown.screen), "the first photograph")  # type: ignore[misc]
        first.press(b"a")
        second.until(lambda: b"100% right" in _words(second.screen), "what the first did, in the second")
        second.press(b"u")
        second.until(lambda: accepted(library) == 0, "the first's action taken back by the second")
        second.press(b"e mine\r")
        second.until(lambda: library.status().captions.get(("person", "accepted"), 0) == 1, "the second's words")
        first.until(lambda: b"0% right" in _words(first.screen), "what the second did, in the first")
        for shown in (first, second):
            shown.press(b"q")
            assert shown.process.wait(timeout=PATIENCE) == 0
    assert [finding for finding in examine(library) if not finding.healthy] == []


def _words(screen: bytearray) -> bytes:
    """What was written to a terminal, without what steers it."""
    return re.sub(rb"\s+", b" ", re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", bytes(screen)))
