"""The grid of thumbnails: how the cursor moves, and what is marked."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from search.tui.browse.cell_view import CellView

MOVES = {
    "left": ("left,h", "Left"),
    "right": ("right,l", "Right"),
    "up": ("up,k", "Up"),
    "down": ("down,j", "Down"),
    "page_up": ("pageup,ctrl+b", "A page up"),
    "page_down": ("pagedown,ctrl+f", "A page down"),
    "first": ("home,g", "To the first"),
    "last": ("end,G", "To the last"),
}


class Grid(CellView):
    """Thumbnails to go through by keys and mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(keys, f"move('{to}')", text, show=False, id=f"grid.{to}") for to, (keys, text) in MOVES.items()),
        Binding(
            "space", "mark", "Mark", show=False, id="grid.mark", tooltip="Mark or unmark, for tagging many at once"
        ),
        Binding(
            "A", "mark_all", "Mark all", show=False, id="grid.mark_all", tooltip="Mark all that were found, or none"
        ),
    ]

    class Opened(Message):
        """A photograph was clicked twice."""

    def action_move(self, to: str) -> None:
        """Moves the cursor; past an edge it stays."""
        across, last = self._layout.across, self.count - 1
        page = max(1, self.size.height // self._layout.height) * across
        steps = {"left": -1, "right": 1, "up": -across, "down": across, "page_up": -page, "page_down": page}
        if to in ("first", "last"):
            self.cursor = 0 if to == "first" else max(0, last)
            return
        at = self.cursor + steps[to]
        if to == "down" and at > last and self.cursor // across < last // across:
            at = last
        if to.startswith("page"):
            at = min(max(at, self.cursor % across if last >= across else 0), last)
        if 0 <= at <= last:
            self.cursor = at

    def action_mark(self) -> None:
        """Marks the photograph under the cursor, and goes on to the next."""
        if self.image_id is not None:
            self.marked ^= {self.image_id}
            self.refresh(self._region(self.cursor))
            self.action_move("right")

    def action_mark_all(self) -> None:
        """Marks everything that was found; again, and nothing is marked."""
        every = set() if self.answer is None else set(self.answer.ranking.image_ids.tolist())
        self.marked = set() if self.marked >= every else every
        self.refresh()

    def watch_cursor(self, before: int, now: int) -> None:
        """Shows where the cursor is."""
        self._reveal()
        self.refresh(self._region(before), self._region(now))
        self._tell()

    def on_focus(self) -> None:
        """Brightens the frame of the cursor."""
        self.refresh(self._region(self.cursor))

    def on_blur(self) -> None:
        """Dims it."""
        self.refresh(self._region(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Goes to the photograph that was clicked; with ctrl or shift it is marked, twice it is opened."""
        row = (event.y + self.scroll_offset.y) // self._layout.height
        column = (event.x - self._layout.left) // self._layout.width
        at = row * self._layout.across + column
        if not (0 <= column < self._layout.across and at < self.count):
            return
        self.cursor = at
        if event.ctrl or event.shift:
            self.action_mark()
        elif event.chain == 2:
            self.post_message(self.Opened())
