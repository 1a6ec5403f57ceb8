"""The interface's thread only draws: it opens no file and asks no catalogue. A benchmark measures its time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from search.tui.app import ImgsearchApp
from search.tui.modes import MODES
from tests.functional.browsing import browsing

ROOT = Path(__file__).parents[2]
"""Of the program."""

CODE = (".py", ".pyc", ".so", ".tcss", ".pth")
"""Files of the program itself, which are read once."""

KEYS = (
    *("right", "down", "left", "up", "pagedown", "pageup", "end", "home", "j", "k", "l", "h", "G", "g"),
    *("space", "space", "escape", "y", "m", "escape", "d", "d"),
)


@dataclass
class Watch:
    """What one thread did that may take long."""

    thread: int | None = None
    blocking: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        if threading.get_ident() == self.thread:
            self.blocking.append(what)


WATCH = Watch()

BLOCKING = ("open", "sqlite3.connect", "subprocess.Popen", "socket.connect", "os.listdir")
"""Events of the interpreter's audit hook."""


def _audit(name: str, arguments: tuple[Any, ...]) -> None:
    if WATCH.thread is None or name not in BLOCKING:
        return
    what = str(arguments[0]) if arguments else ""
    # The interpreter lists a package's folder when it first imports from it.
    package = name == "os.listdir" and what.startswith(str(ROOT))
    if not package and not what.endswith(CODE) and "site-packages" not in what and "__pycache__" not in what:
        WATCH.note(f"{name} {what}")


@cache
def _listen() -> None:
    """Adds the hook, which stays for good: even what asks for the number of an object takes longer from then on."""
    sys.addaudithook(_audit)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watches what this thread opens, and what it asks the catalogue."""

    def note_statement(*parts: Any) -> None:
        WATCH.note(f"catalogue: {parts[2]}")

    _listen()
    WATCH.blocking = []
    WATCH.thread = threading.get_ident()
    event.listen(Engine, "before_cursor_execute", note_statement)
    try:
        yield WATCH
    finally:
        WATCH.thread = None
        event.remove(Engine, "before_cursor_execute", note_statement)


def test_the_watch_sees_what_blocks() -> None:
    """Else the other tests would prove nothing."""
    with watching() as watch, Path("/dev/null").open("rb"):
        pass
    assert watch.blocking == ["open /dev/null"]


async def test_no_key_of_the_browser_blocks(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.until_drawn()
        # Once before: what is loaded at first use is loaded.
        await browser.press(*KEYS)
        await browser.until_drawn()
        with watching() as watch:
            await browser.press(*KEYS)
            await browser.ask("a dog")
            await browser.until_drawn()
        assert watch.blocking == []


async def test_no_screen_reads_on_the_interfaces_thread(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.until_drawn()
        first = app.screen
        for mode in MODES[1:]:
            with watching() as watch:
                await browser.press(mode.key)
                await browser.until(lambda: app.screen is not first)
                for _ in range(20):
                    await browser.pilot.pause()
                await app.run_action("open_mode('browse')")
                await browser.until(lambda: app.screen is first)
            assert watch.blocking == [], mode.name
