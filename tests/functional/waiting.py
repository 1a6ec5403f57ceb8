"""Waits for what must become true while an app goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

LONGEST = 300.0
"""Seconds; the machine that runs the tests may be busy."""


async def until(pilot: Pilot[Any], holds: Callable[[], object], *, what: str = "") -> None:
    """Lets the app handle its messages until something holds.

    Raises:
        AssertionError: It never did.
    """
    end = time.monotonic() + LONGEST
    while True:
        await pilot.pause()
        if holds():
            return
        assert time.monotonic() < end, f"waited for {what or holds.__name__} in vain"
