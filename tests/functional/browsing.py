"""The browser as a person sees it: what the tests of its screens share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from search.tui.app import ImgsearchApp
from search.tui.browse.detail import DetailPane
from search.tui.browse.grid import Grid
from search.tui.browse.results import Results
from search.tui.browse.screen import BrowserScreen
from search.tui.browse.search_bar import SearchBar
from tests.functional.waiting import press, until, until_on

KEYS = {" ": "space", '"': "quotation_mark", ":": "colon", "-": "minus", "#": "number_sign", "*": "asterisk"}


class Browsing:
    """An app whose browser is open."""

    def __init__(self, app: ImgsearchApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> BrowserScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, BrowserScreen))

    @property
    def grid(self) -> Grid:
        return self.screen.query_one(Grid)

    @property
    def bar(self) -> SearchBar:
        return self.screen.query_one(SearchBar)

    @property
    def pane(self) -> DetailPane:
        return self.screen.query_one(DetailPane)

    @property
    def note(self) -> str:
        return str(self.bar.query_one("#query-note", Static).render())

    @property
    def facts(self) -> str:
        return str(self.pane.query_one("#detail-text", Static).render())

    @property
    def strips(self) -> list[Strip]:
        """The lines that the terminal shows, with their colours."""
        return self.app.screen._compositor.render_strips()

    @property
    def lines(self) -> str:
        """What the terminal shows, as text."""
        width, height = self.app.size
        return "\n".join(strip.text for strip in self.strips)[: (width + 1) * height]

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def write(self, text: str) -> None:
        await self.press(*(KEYS.get(letter, letter) for letter in text))

    async def paste(self, text: str) -> None:
        """Writes a text into the line that has the keys, all at once."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def ask(self, text: str) -> None:
        """Puts a query in place of the former one, and waits for its answer with the hit at the cursor, if any."""
        await self.press("slash", "ctrl+l")
        await self.paste(text)
        await self.press("enter")
        # On a slow machine the line that was emptied is answered first.
        await self.until(
            lambda: self.screen._text.strip() == text.strip() and not self.searching, f"an answer to {text}"
        )
        await self.until(lambda: not self.grid.count or self.grid.hit is not None, f"a hit for {text}")

    @property
    def searching(self) -> bool:
        return self.screen.query_one(Results).waiting

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        await until(self.pilot, holds, what=what)

    async def until_on(self, kind: type[Screen[Any]]) -> None:
        await until_on(self.pilot, kind)

    async def until_drawn(self) -> None:
        """Until every photograph in sight is read and drawn."""
        await self.until(lambda: self.grid.complete, "the thumbnails")


@asynccontextmanager
async def browsing(
    app: ImgsearchApp, size: tuple[int, int] = (120, 40), *, count: int | None = None
) -> AsyncIterator[Browsing]:
    """Opens the app, and waits for the first answer."""
    async with app.run_test(size=size) as pilot:
        browser = Browsing(app, pilot)
        await until(pilot, lambda: any(isinstance(screen, BrowserScreen) for screen in app.screen_stack))
        await until(pilot, lambda: browser.screen.query(Grid) and browser.grid.answer is not None, what="photographs")
        if count is not None:
            assert browser.grid.count == count
        yield browser
