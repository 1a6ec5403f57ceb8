"""The queue of the review: one line for each photograph, of which only those that are seen are read and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from index_data.review import QueueItem

BARS = "▁▂▃▄▅▆▇█"
"""From the least to the most doubtful."""

AHEAD = 40
"""Lines above and below what is seen that are read with it."""

MOST_KEPT = 4000
"""Items that are kept once they were read."""


class QueueList(ScrollView, can_focus=True):
    """Photographs in order, with a cursor and any number of them chosen.

    Attributes:
        cursor: The line that the keys speak of, 0-based.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--cursor",
        "queue--chosen",
        "queue--doubt",
        "queue--done",
        "queue--muted",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next", show=False, id="queue.down", tooltip="Next photograph"),
        Binding("k,up", "move(-1)", "Previous", show=False, id="queue.up", tooltip="Photograph before"),
        Binding("shift+down,J", "stretch(1)", show=False, id="queue.stretch_down", tooltip="Choose on to the next"),
        Binding("shift+up,K", "stretch(-1)", show=False, id="queue.stretch_up", tooltip="Choose back to the last"),
        Binding("ctrl+d,pagedown", "page(1)", show=False, id="queue.page_down", tooltip="A page on"),
        Binding("ctrl+u,pageup", "page(-1)", show=False, id="queue.page_up", tooltip="A page back"),
        Binding("g,home", "edge(0)", show=False, id="queue.first", tooltip="To the first"),
        Binding("G,end", "edge(1)", show=False, id="queue.last", tooltip="To the last"),
        Binding(
            "space", "choose", "Choose", show=False, id="queue.choose", tooltip="Choose this photograph, or no longer"
        ),
        Binding("v", "range", show=False, id="queue.range", tooltip="Begin a range; again to choose up to here"),
        Binding("asterisk", "choose_all", show=False, key_display="*", id="queue.all", tooltip="Choose all, or none"),
    ]

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor stands on another photograph."""

    class Chosen(Message):
        """Other photographs are chosen than before."""

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

    def line_up(self, images: Sequence[int], *, at: int | None = None) -> None:
        """Shows other photographs; the cursor goes to the image `at`, else it keeps its place."""
        self.images = list(images)
        if self.chosen:
            self.chosen &= set(self.images)
        self.range_start = None
        self.virtual_size = Size(0, len(self.images))
        self.cursor = self.images.index(at) if at in self.images else max(0, min(self.cursor, len(self.images) - 1))
        self._told()

    def put(self, items: Iterable[QueueItem]) -> None:
        """Takes what was read of photographs."""
        if len(self._items) > MOST_KEPT:
            self._items.clear()
        for item in items:
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

    def drop(self, images: Iterable[int]) -> None:
        """Leaves photographs out that are nowhere any more."""
        gone = set(images)
        if gone & set(self.images):
            self.line_up([image for image in self.images if image not in gone], at=self.current)

    def send_back(self, images: Iterable[int]) -> None:
        """Puts photographs at the end of the queue; the cursor keeps its line, on which the next one is by then."""
        moved = set(images)
        stay = [image for image in self.images if image not in moved]
        if len(stay) < len(self.images):
            last = [image for image in self.images if image in moved]
            self._back |= moved
            self.line_up([*stay, *last])

    def add(self, images: Iterable[int]) -> None:
        """Puts photographs at the end that are not there yet."""
        known = set(self.images)
        fresh = [image for image in images if image not in known]
        if fresh:
            self.line_up([*self.images, *fresh], at=self.current)

    def go_to_first(self, images: Iterable[int]) -> None:
        """Moves the cursor to the first of some images that are in the queue."""
        wanted = set(images)
        self.cursor = next((line for line, image in enumerate(self.images) if image in wanted), self.cursor)

    def action_move(self, step: int) -> None:
        """Moves the cursor by lines."""
        self.cursor += step

    def action_page(self, step: int) -> None:
        """Moves the cursor by what is seen."""
        self.cursor += step * max(1, self.size.height - 1)

    def action_edge(self, last: int) -> None:
        """Moves the cursor to the first or last photograph."""
        self.cursor = last * (len(self.images) - 1)

    def action_choose(self) -> None:
        """Chooses the photograph at the cursor, or no longer, and goes on."""
        if self.current is not None:
            self.chosen ^= {self.current}
            self.cursor += 1
            self._chose()

    def action_stretch(self, step: int) -> None:
        """Chooses from here to the next line."""
        if self.current is not None:
            self.chosen.add(self.current)
            self.cursor += step
            self.chosen.add(self.images[self.cursor])
            self._chose()

    def action_range(self) -> None:
        """Begins a range, or chooses from where it began to here."""
        if self.range_start is None:
            self.range_start = self.cursor
        else:
            first, last = sorted((self.range_start, self.cursor))
            self.chosen |= set(self.images[first : last + 1])
            self.range_start = None
        self._chose()

    def action_choose_all(self) -> None:
        """Chooses all photographs, or none if all are."""
        self.chosen = set() if len(self.chosen) == len(self.images) else set(self.images)
        self._chose()

    def clear(self) -> bool:
        """Chooses nothing any more; says whether that changed anything."""
        changed = bool(self.chosen) or self.range_start is not None
        self.chosen, self.range_start = set(), None
        self._chose()
        return changed

    def validate_cursor(self, cursor: int) -> int:
        """Keeps the cursor on the lines."""
        return max(0, min(cursor, len(self.images) - 1))

    def watch_cursor(self) -> None:
        """Shows the line of the cursor."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True, immediate=True)
        self._told()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Reads what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._ask()

    def on_resize(self, event: events.Resize) -> None:
        """Keeps the cursor in sight."""
        self.call_after_refresh(self.watch_cursor)

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; with control the photograph is chosen, with shift all up to it."""
        offset = event.get_content_offset(self)
        if offset is None or (line := offset.y + self.scroll_offset.y) >= len(self.images):
            return
        if event.shift:
            first, last = sorted((self.cursor, line))
            self.chosen |= set(self.images[first : last + 1])
        elif event.ctrl:
            self.chosen ^= {self.images[line]}
        self.cursor = line
        self._chose()

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

    def _told(self) -> None:
        self.refresh()
        self._ask()
        self.post_message(self.Moved())

    def _chose(self) -> None:
        self.refresh()
        self.post_message(self.Chosen())

    def _ask(self) -> None:
        top = self.scroll_offset.y
        seen = self.images[max(0, top - AHEAD) : top + self.size.height + AHEAD]
        wanted = (image for image in seen if image not in self._items or image in self._stale)
        missed = tuple(image for image in wanted if image not in self._asked)
        if missed:
            self._asked |= set(missed)
            self.post_message(self.ItemsMissed(missed))
