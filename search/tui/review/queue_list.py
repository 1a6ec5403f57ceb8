"""The queue of the review: photographs in order, of which only the lines that are seen are read and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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

from index_data.annotation.queue import QueueItem
from index_data.film_times import clock
from search.tui.review.queue_items import QueueItems

AHEAD = 40
"""Lines above and below what is seen that are read with it."""


class QueueList(ScrollView, can_focus=True):
    """One line for each photograph, with a cursor and any number of them chosen.

    Before each caption stands its place among those that the model is least sure of, or what became of it.

    Attributes:
        images: In order.
        ranks: 0-based, from the caption that is least sure on; empty where that was not measured.
        by_tags: Whether tags that are proposed are judged, and not captions.
        chosen: Those that a change of many concerns.
        range_start: The line at which a range began; none if none is being chosen.
        cursor: The line that the keys speak of, 0-based.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--cursor",
        "queue--chosen",
        "queue--uncertainty",
        "queue--done",
        "queue--muted",
    }
    HELP = """The captions that wait for your word. The number before each is its place among those of which the model
is least sure; ✓ you accepted, ✎ is in your words, ↻ you sent back, ∅ has no caption. The keys of this screen mean the
photograph at the cursor or, if some are chosen, all of these."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False, id="queue.down", tooltip="Next photograph"),
        Binding("k,up", "move(-1)", show=False, id="queue.up", tooltip="Photograph before"),
        Binding("shift+down,J", "stretch(1)", show=False, id="queue.stretch_down", tooltip="Choose on to the next"),
        Binding("shift+up,K", "stretch(-1)", show=False, id="queue.stretch_up", tooltip="Choose back to the last"),
        Binding("ctrl+d,pagedown", "page(1)", show=False, id="queue.page_down", tooltip="A page on"),
        Binding("ctrl+u,pageup", "page(-1)", show=False, id="queue.page_up", tooltip="A page back"),
        Binding("g,home", "edge(0)", show=False, id="queue.first", tooltip="To the first"),
        Binding("G,end", "edge(1)", show=False, id="queue.last", tooltip="To the last"),
        Binding("space", "choose", "Choose", id="queue.choose", tooltip="Choose this photograph, or no longer"),
        Binding(
            "v", "range", "Range", show=False, id="queue.range", tooltip="Begin a range; again to choose up to here"
        ),
        Binding(
            "asterisk",
            "choose_all",
            "Choose all",
            show=False,
            key_display="*",
            id="queue.all",
            tooltip="Choose all, or none",
        ),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class CursorMoved(Message):
        """The cursor stands on another photograph, or the photographs are others."""

    @dataclass
    class ChoiceChanged(Message):
        """Other photographs are chosen than before."""

    @dataclass
    class ItemsMissed(Message):
        """Photographs are seen that must be read."""

        images: tuple[int, ...]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self.images: list[int] = []
        self.ranks: Mapping[int, int] = {}
        self.by_tags = False
        self.chosen: set[int] = set()
        self.range_start: int | None = None
        self._items = QueueItems()

    @property
    def current(self) -> int | None:
        """The image at the cursor, if there is one."""
        return self.images[self.cursor] if self.cursor < len(self.images) else None

    def waits(self, image: int) -> bool:
        """Whether an image, as far as it was read, waits for a person."""
        item = self.item(image)
        if item is not None and self.by_tags:
            return bool(item.proposed_tags)
        return item is None or item.caption is None or not item.caption.confirmed

    def item(self, image: int) -> QueueItem | None:
        """What is known of an image, if it was read."""
        return self._items.get(image)

    # What is in the queue

    def line_up(self, images: Sequence[int], *, at: int | None = None) -> None:
        """Shows other photographs; the cursor goes to the image `at`, else it keeps its place."""
        self.images = list(images)
        if self.chosen:
            self.chosen &= set(self.images)
        self.range_start = None
        self.virtual_size = Size(0, len(self.images))
        self.cursor = self.images.index(at) if at in self.images else max(0, min(self.cursor, len(self.images) - 1))
        self._cursor_moved()

    def drop(self, images: Iterable[int]) -> None:
        """Leaves out photographs that are no longer in the library."""
        gone = set(images)
        if gone & set(self.images):
            self.line_up([image for image in self.images if image not in gone], at=self.current)

    def send_back(self, images: Iterable[int]) -> None:
        """Puts photographs at the end of the queue; the cursor keeps its line, on which the next one is by then."""
        moved = set(images)
        stay = [image for image in self.images if image not in moved]
        if len(stay) < len(self.images):
            self._items.returned |= moved
            self.line_up([*stay, *(image for image in self.images if image in moved)])

    def add(self, images: Iterable[int]) -> None:
        """Puts photographs at the end that are not there yet."""
        known = set(self.images)
        fresh = [image for image in images if image not in known]
        if fresh:
            self.line_up([*self.images, *fresh], at=self.current)

    def put(self, items: Iterable[QueueItem], *, serial: int) -> None:
        """Takes what was read of photographs, unless a later request was answered before."""
        self._items.put(items, serial=serial)
        self.refresh()

    def mark_pending(self, image: int) -> None:
        """Marks a photograph of which a change was asked that is not stored yet."""
        self._items.pending.add(image)
        self.refresh()

    def reread(self, images: Iterable[int] | None = None) -> None:
        """Reads photographs anew, or all of them."""
        self._items.invalidate(images)
        self._request()

    def go_to_first(self, images: Iterable[int]) -> None:
        """Moves the cursor to the first of some images that are in the queue."""
        targets = set(images)
        self.cursor = next((line for line, image in enumerate(self.images) if image in targets), self.cursor)

    def unchoose(self) -> bool:
        """Chooses nothing any more, and gives whether that changed anything."""
        changed = bool(self.chosen) or self.range_start is not None
        self.chosen, self.range_start = set(), None
        self._choice_changed()
        return changed

    # Keys and mouse

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
            self._choice_changed()

    def action_stretch(self, step: int) -> None:
        """Chooses from here to the next line."""
        if self.current is not None:
            self.chosen.add(self.current)
            self.cursor += step
            self.chosen.add(self.images[self.cursor])
            self._choice_changed()

    def action_range(self) -> None:
        """Begins a range, or chooses from where it began to here."""
        if self.range_start is None:
            self.range_start = self.cursor
        else:
            self._choose_between(self.range_start, self.cursor)
            self.range_start = None
        self._choice_changed()

    def action_choose_all(self) -> None:
        """Chooses all photographs, or none if all are."""
        self.chosen = set() if len(self.chosen) == len(self.images) else set(self.images)
        self._choice_changed()

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; with control the photograph is chosen, with shift all up to it."""
        offset = event.get_content_offset(self)
        if offset is None or (line := offset.y + self.scroll_offset.y) >= len(self.images):
            return
        if event.shift:
            self._choose_between(self.cursor, line)
        elif event.ctrl:
            self.chosen ^= {self.images[line]}
        self.cursor = line
        self._choice_changed()

    def validate_cursor(self, cursor: int) -> int:
        """Keeps the cursor on the lines."""
        return max(0, min(cursor, len(self.images) - 1))

    def watch_cursor(self) -> None:
        """Shows the line of the cursor."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True, immediate=True)
        self._cursor_moved()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Reads what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._request()

    def on_resize(self) -> None:
        """Keeps the cursor in sight."""
        self.call_after_refresh(self.watch_cursor)

    # Lines

    def render_line(self, y: int) -> Strip:
        """Draws one line of what is seen."""
        width, line = self.size.width, y + self.scroll_offset.y
        if line >= len(self.images):
            return Strip.blank(width, self.rich_style)
        image = self.images[line]
        style = self._style(line, image)
        mark = "●" if image in self.chosen else "│" if self._in_range(line) else " "
        sign, sign_style = self._sign(image)
        places = len(str(len(self.ranks)))
        item = self.item(image)
        words = "…" if item is None else item.caption.text if item.caption else "no caption"
        if item is not None and item.moment is not None:
            words = f"{clock(item.moment.start)} {words}"
        if item is not None and self.by_tags and item.proposed_tags:
            words = f"{item.proposed_tags[0].name}? {item.proposed_tags[0].probability:.0%}  {words}"
        segments = [
            Segment(mark, style + self.get_component_rich_style("queue--chosen", partial=True)),
            Segment(f"{sign:>{places}} ", style if line == self.cursor and self.has_focus else style + sign_style),
            Segment(set_cell_size(words, max(0, width - places - 2)), style),
        ]
        return Strip(segments).adjust_cell_length(width, style)

    def _style(self, line: int, image: int) -> Style:
        item = self.item(image)
        style = self.rich_style
        if item is None or item.caption is None or not self.waits(image):
            style += self.get_component_rich_style("queue--muted", partial=True)
        if line == self.cursor:
            style += self.get_component_rich_style("queue--cursor", partial=True)
        return style

    def _sign(self, image: int) -> tuple[str, Style]:
        """What stands before a caption: that it was judged or sent back, else its place from the least sure on."""
        item = self.item(image)
        if item is None or image in self._items.pending:
            return "…" if item else " ", Style.null()
        if self.by_tags:
            judged = self.get_component_rich_style("queue--done", partial=True)
            return ("?", Style.null()) if item.proposed_tags else ("✓", judged)
        if item.caption is not None and item.caption.confirmed:
            sign = "✎" if item.caption.author == "person" else "✓"
            return sign, self.get_component_rich_style("queue--done", partial=True)
        style = self.get_component_rich_style("queue--uncertainty", partial=True)
        if image in self._items.returned:
            return "↻", style
        if item.caption is None:
            return "∅", style
        rank = self.ranks.get(image)
        return ("·" if rank is None else str(rank + 1)), style

    def _in_range(self, line: int) -> bool:
        if self.range_start is None:
            return False
        return min(self.range_start, self.cursor) <= line <= max(self.range_start, self.cursor)

    def _choose_between(self, line: int, other: int) -> None:
        first, last = sorted((line, other))
        self.chosen |= set(self.images[first : last + 1])

    def _request(self) -> None:
        top = self.scroll_offset.y
        missing = self._items.request(self.images[max(0, top - AHEAD) : top + self.size.height + AHEAD])
        if missing:
            self.post_message(self.ItemsMissed(missing))

    def _cursor_moved(self) -> None:
        self.refresh()
        self._request()
        self.post_message(self.CursorMoved())

    def _choice_changed(self) -> None:
        self.refresh()
        self.post_message(self.ChoiceChanged())
