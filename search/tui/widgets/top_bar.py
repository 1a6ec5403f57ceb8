"""The first line of every mode: the tabs, and how much the library holds."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from search.output.film_names import PLAY
from search.output.printable import counted, photographs
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
        scan = self._activity.scan
        parts = [scan.brief] if scan is not None else []
        self.query_one("#library-size", Static).update(Content("  ".join(filter(None, [*parts, *self._counts()]))))

    def _counts(self) -> Iterator[str]:
        """How many photographs and films there are, in words where there is room."""
        images, videos, tight = self._activity.images, self._activity.videos, self.has_class("tight")
        if images is not None:
            yield f"{images:,}" if tight else photographs(images)
        if videos:
            yield f"{PLAY} {videos:,}" if tight else counted(videos, "video")
