"""The browser in a real terminal: tmux types the keys and reads the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.library import Library
from tests.dots import draws
from tests.e2e.conftest import Imgsearch
from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A terminal of its own, in which one program runs.

    Attributes:
        program: The process.
    """

    def __init__(self, socket: Path, command: str, *, size: tuple[int, int] = (100, 30)) -> None:
        self._socket = socket
        width, height = map(str, size)
        started = ["new-session", "-d", "-P", "-F", "#{pane_pid}", "-x", width, "-y", height, command]
        self.program = int(self._tmux("-f", os.devnull, *started))

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        command: list[str | Path] = ["tmux", "-u", "-S", self._socket, *arguments]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, env=environment, capture_output=True, check=check, timeout=PATIENCE)
        return done.stdout.decode()

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def write(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", check=False)

    def until(self, holds: Callable[[str], object]) -> str:
        """Reads the screen until it shows something."""
        end = time.monotonic() + PATIENCE
        while not holds(screen := self.screen):
            assert time.monotonic() < end, f"waited in vain; the screen was\n{screen}"
            time.sleep(0.05)
        return screen

    def kill(self) -> None:
        """Takes the terminal away, as a window that is closed or a connection that breaks, and the program ends."""
        self._tmux("kill-server", check=False)
        end = time.monotonic() + PATIENCE
        while runs(self.program):
            if time.monotonic() > end:
                os.kill(self.program, signal.SIGKILL)
                pytest.fail("the program went on without a terminal")
            time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path, imgsearch: Imgsearch) -> Iterator[Callable[..., Terminal]]:
    """Starts the browser in a terminal, on a copy of the library that each test may change."""
    shutil.copytree(imgsearch.library, tmp_path / "library")
    numbers = count()
    with ExitStack() as opened:

        def begin(*, prefix: str = "", **options: tuple[int, int]) -> Terminal:
            command = [sys.executable, "-m", "search.cli", "tui", "--library", str(tmp_path / "library")]
            command += ["--model", str(imgsearch.model)]
            socket = tmp_path / f"tmux-{next(numbers)}"
            terminal = Terminal(socket, f"exec env {prefix} {shlex.join(command)}", **options)
            opened.callback(terminal.kill)
            return terminal

        yield begin


def runs(process: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def in_the_grid(screen: str) -> bool:
    """Whether the photographs are drawn and have the keys: typed sooner, a key on a busy machine goes elsewhere."""
    return draws(screen) and "m Like" in screen


def search(terminal: Terminal, words: str) -> None:
    """Types a query as somebody does who looks at what the last key did."""
    terminal.until(in_the_grid)
    terminal.press("/")
    terminal.until(lambda screen: not in_the_grid(screen))
    terminal.press("C-l")
    terminal.write(words)


def test_searching_and_looking(start: Callable[..., Terminal]) -> None:
    terminal = start()
    screen = terminal.until(lambda screen: "5 photographs" in screen and draws(screen))
    assert "1 Browse" in screen
    assert "? Help" in screen
    search(terminal, "name:00*")
    terminal.until(lambda screen: "name:00*" in screen)
    terminal.press("Enter")
    terminal.until(lambda screen: "4 photographs" in screen and in_the_grid(screen))
    search(terminal, 'dog "never closed')
    terminal.until(lambda screen: "is never closed" in screen and "^" in screen)
    terminal.press("Escape")
    # What a terminal tells of its new size begins as the key does: the key must have been taken before.
    terminal.until(lambda screen: "This query has no answer" in screen and "m Like" in screen)
    terminal.resize(80, 24)
    terminal.until(lambda screen: len(screen.splitlines()) == 24 and "? Help" in screen.splitlines()[-1])
    terminal.press("?")
    terminal.until(lambda screen: "Keys and queries" in screen)
    terminal.press("Escape")
    # A key right behind it would be one with it.
    terminal.until(lambda screen: "This query has no answer" in screen and "m Like" in screen)
    terminal.press("q")
    terminal.until(lambda screen: "photographs" not in screen)


def test_the_last_query_is_there_at_the_next_start(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until(lambda screen: "5 photographs" in screen)
    search(terminal, "name:00*")
    terminal.until(lambda screen: "name:00*" in screen)
    terminal.press("Enter")
    terminal.until(lambda screen: "4 photographs" in screen and in_the_grid(screen))
    terminal.press("q")
    terminal.until(lambda screen: "photographs" not in screen)
    again = start()
    again.until(lambda screen: "name:00*" in screen and "4 photographs" in screen)


def test_without_colour_there_are_words_in_place_of_pictures(start: Callable[..., Terminal]) -> None:
    terminal = start(prefix="NO_COLOR=1")
    screen = terminal.until(lambda screen: "5 photographs" in screen and ".png" in screen)
    assert not draws(screen)


def test_a_killed_terminal_loses_no_annotation(start: Callable[..., Terminal], tmp_path: Path) -> None:
    terminal = start()
    terminal.until(lambda screen: "5 photographs" in screen)
    terminal.press("2")
    with Library.open(tmp_path / "library") as library:
        notes = Annotations(library)
        images = library.read(catalogue.shown_images)

        def accepted() -> int:
            return sum(captions[0].state == "accepted" for captions in notes.captions(images).values())

        terminal.until(lambda screen: "1 of 5" in screen and "number 1 of 5" in screen)
        end = time.monotonic() + PATIENCE
        terminal.press("a")
        while not accepted():
            assert time.monotonic() < end, "nothing was accepted"
            time.sleep(0.01)
        # It is stored the moment it is done: nothing is asked, nothing is saved at the end.
        terminal.kill()
        assert accepted() == 1
        assert notes.undo().kind == "accept"


def test_two_browsers_on_one_library_agree(start: Callable[..., Terminal], tmp_path: Path) -> None:
    first, other = start(), start(size=(140, 40))
    first.until(lambda screen: "5 photographs" in screen and in_the_grid(screen))
    other.until(lambda screen: "5 photographs" in screen and "by the model" in screen)
    first.press("t")
    first.until(lambda screen: "tag" in screen.lower() and "esc" in screen.lower())
    first.write("seaside")
    first.until(lambda screen: "seaside" in screen)
    first.press("Enter")
    other.until(lambda screen: "seaside" in screen)
    with Library.open(tmp_path / "library") as library:
        assert list(Annotations(library).tags(library.read(catalogue.shown_images)).values()) == [("seaside",)]


def test_an_empty_library_is_made_and_says_what_to_do(start: Callable[..., Terminal], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "library")
    terminal = start()
    terminal.until(lambda screen: "folder" in screen.lower())
    assert (tmp_path / "library" / "catalogue.sqlite").is_file()


def test_without_a_terminal_it_says_what_to_use(imgsearch: Imgsearch) -> None:
    done = imgsearch.run("tui")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr == (
        b"imgsearch: the browser needs a terminal; for scripts there are: imgsearch query, imgsearch review\n"
    )
