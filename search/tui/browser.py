"""The browser: ask at the top, look through the grid, read beside it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer

from search.tui.top_bar import TopBar


class BrowserScreen(Screen[None]):
    """Where the app opens."""

    def compose(self) -> ComposeResult:
        """Draws the room."""
        yield TopBar("browse")
        yield Footer()
