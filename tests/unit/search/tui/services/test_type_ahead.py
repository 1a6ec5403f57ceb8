"""Keys wait for what the former led to, but for nothing in an app that has ended."""

from __future__ import annotations

import asyncio

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from search.tui.services.type_ahead import TypeAhead
from tests.patience import PATIENCE


class Unanswering(Static):
    """Always has a message that it did not answer yet."""

    @property
    def message_queue_size(self) -> int:
        return 1


class UnansweringApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Unanswering()


async def test_a_key_waits_for_an_answer_but_not_in_an_app_that_has_ended() -> None:
    app = UnansweringApp()
    delivered: list[events.Key | events.Paste] = []

    async def deliver(event: events.Key | events.Paste) -> None:
        delivered.append(event)

    ahead = TypeAhead(app, deliver, patience=2 * PATIENCE)
    key = events.Key("q", "q")
    async with app.run_test():
        await ahead.take(key)
        assert delivered == [key]
        assert not ahead.idle
        # The app's messages are answered no longer, but its screens stay until the test lets go of it.
        app.exit()
        async with asyncio.timeout(PATIENCE):
            while not ahead.idle:
                await asyncio.sleep(0.001)
        assert app.screen_stack
