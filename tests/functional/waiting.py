"""Waits for what must become true while an app goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from search.tui.app import ImgsearchApp
from tests.patience import PATIENCE

SHORTEST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
"""Seconds between two looks at what a test waits for."""


async def until(pilot: Pilot[Any], holds: Callable[[], object], *, what: str = "") -> None:
    """Lets the app handle its messages until something holds.

    Raises:
        AssertionError: It never did.
        Exception: What ended the app meanwhile.
    """
    end, pause = time.monotonic() + PATIENCE, SHORTEST_PAUSE
    await pilot.pause()
    if holds():
        return
    while True:
        looked_at = time.monotonic()
        if holds():
            break
        if pilot.app._exception is not None:
            raise pilot.app._exception
        assert looked_at < end, f"waited for {what or holds.__name__} in vain"
        # To look at all lines of a screen takes the time that the app needs.
        await asyncio.sleep(max(pause, 3 * (time.monotonic() - looked_at)))
        pause = min(2 * pause, LONGEST_PAUSE)
    # What the same message led to is done as well.
    await pilot.pause()


async def until_on(pilot: Pilot[Any], kind: type[Screen[Any]]) -> None:
    """Until a screen of a kind is open, with everything on it."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.is_mounted, what=kind.__name__)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Presses keys, and waits after each until it was delivered and what it led to at once is done.

    The app holds a key back while widgets still answer the one before; on a busy machine that takes longer than the
    app has patience for.
    """
    app = pilot.app
    assert isinstance(app, ImgsearchApp)
    app.type_ahead.patience = PATIENCE
    for key in keys:
        await pilot.press(key)
        while not app.type_ahead.idle:
            await asyncio.sleep(SHORTEST_PAUSE)
    await pilot.pause()


async def handle_messages(min_sleep: float = 0, max_sleep: float = 0) -> None:
    """Stands in for Textual's wait until the process hardly works.

    That one looks at the processor's time every 20 ms, goes on after a second whatever is still to be done, and so
    takes long and promises nothing. Here the pilot waits for the messages alone, and tests for what they expect.
    """
    await asyncio.sleep(SHORTEST_PAUSE)


def notices(app: App[Any]) -> str:
    """What the app told a person in its corner, the latest last."""
    return "\n".join(notification.message for notification in app._notifications)
