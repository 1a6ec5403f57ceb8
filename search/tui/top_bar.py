"""The first line of every room: the tabs, and how much the library holds."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from search.tui.app_of import app_of
from search.tui.modes import ROOMS

ROOMY = 100
"""Columns from which everything fits."""


class TopBar(Horizontal):
    """Tabs to click on, the one of the open room marked, and at the right what the library holds or is doing."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self._room = room

    def compose(self) -> ComposeResult:
        """Draws what does not change."""
        yield Static(Content.styled(" imgsearch ", "bold"), id="brand")
        for room in ROOMS:
            tab = Static(
                Content.from_markup(f"[@click=app.room('{room.name}')]$key $title[/]", key=room.key, title=room.title)
            )
            tab.add_class("tab")
            tab.set_class(room.name == self._room, "open")
            yield tab
        yield Static("", id="holds")

    def on_mount(self) -> None:
        """Follows what the app knows."""
        app = app_of(self)
        self.watch(app, "images", self._tell)
        self.watch(app, "progress", self._tell)

    def on_resize(self) -> None:
        """Leaves words out where there is no room for them."""
        self.set_class(self.size.width < ROOMY, "tight")
        self._tell()

    def _tell(self) -> None:
        app = app_of(self)
        holds = ""
        if app.images is not None:
            unit = "" if self.has_class("tight") else " photograph" if app.images == 1 else " photographs"
            holds = f"{app.images:,}{unit}"
        self.query_one("#holds", Static).update(Content("  ".join(part for part in (app.progress, holds) if part)))
