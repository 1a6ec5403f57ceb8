"""The first line of every mode: the tabs, and how much the library holds."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from search.tui.modes import MODES
from search.tui.services.activity import Activity, watch_activity

FULL_WIDTH = 100
"""Columns from which everything fits."""

NARROW = 70
"""Columns from which there is a blank at both sides of a tab."""


class TopBar(Horizontal):
    """Tabs to click on, that of the open mode marked, and at the right what the library holds or is doing."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._activity = Activity()

    def compose(self) -> ComposeResult:
        """Draws what does not change."""
        yield Static(Content.styled(" imgsearch ", "bold"), id="brand")
        for mode in MODES:
            tab = Static(
                Content.from_markup(
                    f"[@click=app.open_mode('{mode.name}')]$key $title[/]", key=mode.key, title=mode.title
                )
            )
            tab.add_class("tab")
            tab.set_class(mode.name == self._mode, "open")
            yield tab
        yield Static("", id="library-size")

    def on_mount(self) -> None:
        """Follows what goes on in the library."""
        watch_activity(self, self._show)

    def on_resize(self) -> None:
        """Leaves words out where there is no room for them."""
        self.set_class(self.size.width < FULL_WIDTH, "tight")
        self.set_class(self.size.width < NARROW, "narrow")
        self._draw()

    def _show(self, activity: Activity) -> None:
        self._activity = activity
        self._draw()

    def _draw(self) -> None:
        images, scan = self._activity.images, self._activity.scan
        parts = [scan.brief] if scan is not None else []
        if images is not None:
            unit = "" if self.has_class("tight") else " photograph" if images == 1 else " photographs"
            parts.append(f"{images:,}{unit}")
        self.query_one("#library-size", Static).update(Content("  ".join(part for part in parts if part)))
