"""The queue of the review: photographs in order, with a cursor and any number of them chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message

from search.tui.review.queue_view import QueueView


class QueueList(QueueView):
    """Photographs in order, with a cursor and any number of them chosen."""

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

    class Moved(Message):
        """The cursor stands on another photograph."""

    class Chosen(Message):
        """Other photographs are chosen than before."""

    def line_up(self, images: Sequence[int], *, at: int | None = None) -> None:
        """Shows other photographs; the cursor goes to the image `at`, else it keeps its place."""
        self.images = list(images)
        if self.chosen:
            self.chosen &= set(self.images)
        self.range_start = None
        self.virtual_size = Size(0, len(self.images))
        self.cursor = self.images.index(at) if at in self.images else max(0, min(self.cursor, len(self.images) - 1))
        self._told()

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

    def _told(self) -> None:
        self.refresh()
        self._ask()
        self.post_message(self.Moved())

    def _chose(self) -> None:
        self.refresh()
        self.post_message(self.Chosen())
