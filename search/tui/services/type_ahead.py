"""Keys typed faster than the app follows: each is delivered only when what the former led to is done.

Textual hands a key to the widget that has the focus at that moment, which answers it in its own time. A letter typed
right after `/` or `t` would still reach the photographs and act as a command there.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App

from search.tui.services.write_queue import ThreadFailed

PATIENCE = 0.5
"""Seconds after which the next key goes on whatever is still under way."""

QUIET_POLLS = 3
"""How many looks in a row must find no message waiting."""

POLL_EVERY = 0.001
"""Seconds between two looks."""


class TypeAhead:
    """Keeps keys, and what is pasted, in the order in which they were typed."""

    def __init__(
        self,
        app: App[None],
        deliver: Callable[[events.Key | events.Paste], Awaitable[None]],
        *,
        patience: float = PATIENCE,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """Takes the app, what gives one event to the widget that has the focus, and what tells when one may come."""
        self._app, self._deliver, self._ready = app, deliver, ready
        self.patience = patience
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._following: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether every key was delivered, and what it led to is done."""
        return self._following is None

    async def take(self, event: events.Key | events.Paste) -> None:
        """Delivers an event at once if nothing is under way, otherwise after those before it."""
        self._waiting.append(event)
        if self._following is None:
            if self._ready():
                await self._deliver(self._waiting.popleft())
            self._following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        try:
            while not self._ready():
                await asyncio.sleep(POLL_EVERY)
            await self._settled()
            while self._waiting and self._app.screen_stack:
                await self._deliver(self._waiting.popleft())
                await self._settled()
        except Exception as error:
            self._app.post_message(ThreadFailed(error))
        finally:
            self._following = None

    async def _settled(self) -> None:
        """Waits until no widget of the screen has a message to answer."""
        end, quiet = time.monotonic() + self.patience, 0
        while quiet < QUIET_POLLS and time.monotonic() < end:
            await asyncio.sleep(POLL_EVERY if quiet == 0 else 0)
            quiet = 0 if self._busy() else quiet + 1

    def _busy(self) -> bool:
        if not self._app.screen_stack or not self._app.is_running:
            return False  # the app has ended, and what still waits is never answered
        screen = self._app.screen
        pumps = (self._app, *screen.walk_children(with_self=True))
        return not screen.is_mounted or any(pump.message_queue_size for pump in pumps)
