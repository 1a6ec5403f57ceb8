"""Waits for what must become true while an app goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from search.tui.app import ImgsearchApp
from tests.patience import PATIENCE


async def until(pilot: Pilot[Any], holds: Callable[[], object], *, what: str = "") -> None:
    """Lets the app handle its messages until something holds.

    Raises:
        AssertionError: It never did.
    """
    end = time.monotonic() + PATIENCE
    while True:
        await pilot.pause()
        if holds():
            return
        assert time.monotonic() < end, f"waited for {what or holds.__name__} in vain"


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Presses keys, and waits until each was delivered and what it led to at once is done.

    The app holds a key back while widgets still answer the one before; on a busy machine that takes longer than
    Textual's pilot waits, and longer than the app has patience for.
    """
    app = pilot.app
    assert isinstance(app, ImgsearchApp)
    app.type_ahead.patience = PATIENCE
    await pilot.press(*keys)
    await until(pilot, lambda: app.type_ahead.idle, what=f"the keys {' '.join(keys)}")


def notices(app: App[Any]) -> str:
    """What the app told a person in its corner, the latest last."""
    return "\n".join(notification.message for notification in app._notifications)
