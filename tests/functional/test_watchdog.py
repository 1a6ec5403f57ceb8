"""The interface's thread only draws: it reads no file, asks no catalogue, and no step of it takes long."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from textual.screen import Screen

from search.tui.app import ImgsearchApp
from tests.functional.browsing import browsing

LONGEST = 0.016
"""Seconds of the processor's time that one step may take: a frame at 60 a second."""

CODE = (".py", ".pyc", ".so", ".tcss", ".pth")
"""Files of the program itself, which are read once."""


@dataclass
class Watch:
    """What the interface's thread did while it was watched."""

    on: bool = False
    thread: int = 0
    blocking: list[str] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)

    def active(self) -> bool:
        return self.on and threading.get_ident() == self.thread


WATCH = Watch()


def _hear(name: str, arguments: tuple[Any, ...]) -> None:
    if WATCH.active() and name in ("open", "sqlite3.connect", "subprocess.Popen", "socket.connect", "os.listdir"):
        what = str(arguments[0]) if arguments else ""
        if not what.endswith(CODE) and "site-packages" not in what and "__pycache__" not in what:
            WATCH.blocking.append(f"{name} {what}")


# A hook of the interpreter stays for good; it does nothing while nobody watches.
sys.addaudithook(_hear)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watches this thread: what it opens, what it asks the catalogue, and how long each step of its loop takes."""

    def asked(*parts: Any) -> None:
        if WATCH.active():
            WATCH.blocking.append(f"catalogue: {parts[2]}")

    run, draw = asyncio.Handle._run, Screen._on_timer_update
    drawing = 0.0

    def drawn(screen: Screen[Any]) -> None:
        nonlocal drawing
        start = time.thread_time()
        draw(screen)
        drawing += time.thread_time() - start

    def timed(handle: asyncio.Handle) -> None:
        nonlocal drawing
        # The processor's time of this thread alone: other programs do not count. What Textual takes to put the lines
        # on the screen grows with the screen; a benchmark measures it.
        start, drawing = time.thread_time(), 0.0
        run(handle)
        spent = time.thread_time() - start - drawing
        if spent > LONGEST and WATCH.active():
            WATCH.slow.append((spent, repr(handle)))

    WATCH.blocking, WATCH.slow = [], []
    WATCH.thread, WATCH.on = threading.get_ident(), True
    event.listen(Engine, "before_cursor_execute", asked)
    Screen._on_timer_update = drawn  # type: ignore[method-assign,assignment]
    # Python looks for rings of objects when it likes, in whichever step: that is no step's own time.
    gc.disable()
    asyncio.Handle._run = timed  # type: ignore[method-assign,assignment]
    try:
        yield WATCH
    finally:
        WATCH.on = False
        gc.enable()
        Screen._on_timer_update = draw  # type: ignore[method-assign]
        asyncio.Handle._run = run  # type: ignore[method-assign]
        event.remove(Engine, "before_cursor_execute", asked)


ROUNDS = 10
"""How often the keys are pressed at most."""

ROUND = (
    *("right", "down", "left", "up", "pagedown", "pageup", "end", "home", "j", "k", "l", "h", "G", "g"),
    *("space", "space", "escape", "y", "m", "escape", "d", "d"),
)


def test_the_watch_sees_what_blocks() -> None:
    """Else the other tests would prove nothing."""

    async def block() -> None:
        with Path("/dev/null").open("rb"):
            pass
        end = time.thread_time() + 2 * LONGEST
        while time.thread_time() < end:
            pass

    async def main() -> Watch:
        with watching() as watch:
            await asyncio.create_task(block())
        return watch

    watch = asyncio.run(main())
    assert watch.blocking == ["open /dev/null"]
    assert len(watch.slow) == 1


async def test_no_key_of_the_browser_blocks(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.until_drawn()
        # Once before: what is made at first use is made.
        for key in ROUND:
            await browser.press(key)
        await browser.until_drawn()
        # What is slow by itself is slow each time; on a busy machine any step may be slow once.
        always: set[str] | None = None
        for _ in range(ROUNDS):
            with watching() as watch:
                for key in ROUND:
                    await browser.press(key)
                await browser.press("slash", "ctrl+l")
                await browser.write("a dog")
                await browser.press("enter")
                await browser.until_drawn()
            assert watch.blocking == []
            kinds = {re.sub(r"0x[0-9a-f]+", "", what) for _, what in watch.slow}
            always = kinds if always is None else always & kinds
            if not always:
                break
        assert not always


@pytest.mark.parametrize("room", ["2", "3", "4", "5", "6"])
async def test_no_room_reads_on_the_interfaces_thread(app: ImgsearchApp, room: str) -> None:
    async with browsing(app) as browser:
        await browser.until_drawn()
        first = app.screen
        with watching() as watch:
            await browser.press(room)
            await browser.until(lambda: app.screen is not first)
            for _ in range(20):
                await browser.pilot.pause()
            await app.run_action("open_mode('browse')")
            await browser.until(lambda: app.screen is first)
        assert watch.blocking == []
