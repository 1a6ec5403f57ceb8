"""The lines of the review's queue: only those that are seen are read and drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from index_data.annotation.queue import QueueItem

BARS = "▁▂▃▄▅▆▇█"
"""From the least to the most doubtful."""

AHEAD = 40
"""Lines above and below what is seen that are read with it."""

MOST_KEPT = 4000
"""Items that are kept once they were read."""


class QueueView(ScrollView, can_focus=True):
    """One line for each photograph.

    Attributes:
        images: In order.
        chosen: Those that a change of many concerns.
        range_start: The line at which a range began; none if none is being chosen.
        cursor: The line that the keys speak of, 0-based.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--cursor",
        "queue--chosen",
        "queue--doubt",
        "queue--done",
        "queue--muted",
    }

    cursor: reactive[int] = reactive(0)

    class ItemsMissed(Message):
        """Photographs are seen of which nothing is known yet."""

        def __init__(self, images: tuple[int, ...]) -> None:
            self.images = images
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.images: list[int] = []
        self.chosen: set[int] = set()
        self.range_start: int | None = None
        self._items: dict[int, QueueItem] = {}
        self._serials: dict[int, int] = {}
        self._asked: set[int] = set()
        self._back: set[int] = set()
        self._pending: set[int] = set()
        self._stale: set[int] = set()

    @property
    def current(self) -> int | None:
        """The image at the cursor, if there is one."""
        return self.images[self.cursor] if self.cursor < len(self.images) else None

    def item(self, image: int) -> QueueItem | None:
        """What is known of an image, if it was read."""
        return self._items.get(image)

    def put(self, items: Iterable[QueueItem], *, serial: int) -> None:
        """Takes what was read of photographs, unless a later question was answered before."""
        if len(self._items) > MOST_KEPT:
            self._items.clear()
            self._serials.clear()
        for item in items:
            if serial < self._serials.get(item.image_id, 0):
                continue
            self._serials[item.image_id] = serial
            self._items[item.image_id] = item
            for waiting in (self._asked, self._stale):
                waiting.discard(item.image_id)
        self.refresh()

    def wait_for(self, images: Iterable[int]) -> None:
        """Marks photographs of which something was asked that is not stored yet."""
        self._pending |= set(images)
        self.refresh()

    def forget(self, images: Iterable[int] | None = None) -> None:
        """Reads photographs anew, or all of them."""
        self._asked.clear()
        stale = list(self._items if images is None else images)
        self._pending -= set(stale)
        self._stale |= set(stale)
        self._ask()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Reads what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._ask()

    def render_line(self, y: int) -> Strip:
        """Draws one line of what is seen."""
        width, line = self.size.width, y + self.scroll_offset.y
        if line >= len(self.images):
            return Strip.blank(width, self.rich_style)
        image = self.images[line]
        style = self._style(line, image)
        mark = "●" if image in self.chosen else "│" if self._in_range(line) else " "
        sign, sign_style = self._sign(image)
        item = self._items.get(image)
        words = "…" if item is None else item.caption.text if item.caption else "no caption"
        segments = [
            Segment(mark, style + self.get_component_rich_style("queue--chosen", partial=True)),
            Segment(f"{sign} ", style if line == self.cursor and self.has_focus else style + sign_style),
            Segment(set_cell_size(words, max(0, width - 3)), style),
        ]
        return Strip(segments).adjust_cell_length(width, style)

    def _style(self, line: int, image: int) -> Style:
        item = self._items.get(image)
        style = self.rich_style
        if item is None or item.caption is None or item.caption.kept:
            style += self.get_component_rich_style("queue--muted", partial=True)
        if line == self.cursor:
            style += self.get_component_rich_style("queue--cursor", partial=True)
        return style

    def _sign(self, image: int) -> tuple[str, Style]:
        """One character that tells the state: judged, sent back, or how doubtful."""
        item = self._items.get(image)
        if item is None or image in self._pending:
            return "…" if item else " ", Style.null()
        if item.caption is not None and item.caption.kept:
            sign = "✎" if item.caption.author == "person" else "✓"
            return sign, self.get_component_rich_style("queue--done", partial=True)
        doubt = self.get_component_rich_style("queue--doubt", partial=True)
        if image in self._back:
            return "↻", doubt
        if item.caption is None:
            return "∅", doubt
        return (BARS[min(7, int(item.doubt.value * 8))] if item.doubt else "·"), doubt

    def _in_range(self, line: int) -> bool:
        if self.range_start is None:
            return False
        return min(self.range_start, self.cursor) <= line <= max(self.range_start, self.cursor)

    def _ask(self) -> None:
        top = self.scroll_offset.y
        seen = self.images[max(0, top - AHEAD) : top + self.size.height + AHEAD]
        wanted = (image for image in seen if image not in self._items or image in self._stale)
        missed = tuple(image for image in wanted if image not in self._asked)
        if missed:
            self._asked |= set(missed)
            self.post_message(self.ItemsMissed(missed))
