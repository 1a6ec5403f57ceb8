"""Cells of a ranking, line by line: of any number of photographs only the visible ones are fetched and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on, work
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import get_current_worker

from index_data.errors import LibraryError
from search.engine.answer import Answer
from search.engine.hits import Hit
from search.errors import SearchError
from search.tui.app_of import app_of
from search.tui.browse.cells import Cell, Layout, Looks, cell_line
from search.tui.graphics.drawing import Frame, Pictures, needed
from search.tui.graphics.painter import Drawings, Drawn
from search.tui.messages import Failed

DRAWINGS = 400
"""That are held at once; a large terminal shows some 60."""

KEPT = 5000
"""Photographs of which what is known is held at once."""

LOOKS = ("frame", "still", "caption", "bright", "score", "note", "mark", "waiting")
"""What the theme styles, in the order of `Looks`."""


class CellView(ScrollView, can_focus=True):
    """Thumbnails in the order of a ranking, with a cursor and marks that others move."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"grid--{name}" for name in LOOKS}
    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor came to a photograph; none where there are no photographs."""

        def __init__(self, image_id: int | None, index: int) -> None:
            self.image_id, self.index = image_id, index
            super().__init__()

    class CellsRead(Message):
        """What is known of some photographs was read."""

        def __init__(self, answer: Answer, hits: tuple[Hit, ...]) -> None:
            self.answer, self.hits = answer, hits
            super().__init__()

    class CellPainted(Message):
        """A thumbnail was drawn, or could not be."""

        def __init__(self, frame: Frame, image_id: int, drawn: Drawn) -> None:
            self.frame, self.image_id, self.drawn = frame, image_id, drawn
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self.answer: Answer | None = None
        self.marked: set[int] = set()
        self._hits: dict[int, Hit] = {}
        self._where: dict[int, int] = {}
        self._drawings = Drawings(DRAWINGS, lambda data: app_of(self).send(data))
        self._layout = Layout.fitting("medium", 80)
        self._frame = Frame(0, 0, Pictures.NONE)
        self._looks: Looks | None = None

    @property
    def count(self) -> int:
        """How many photographs there are to look through."""
        return 0 if self.answer is None else len(self.answer.ranking.image_ids)

    @property
    def image_id(self) -> int | None:
        """The photograph under the cursor."""
        return self._at(self.cursor) if self.count else None

    @property
    def hit(self) -> Hit | None:
        """What is known of it, once it was read."""
        return self._hits.get(self.cursor)

    def show(self, answer: Answer, *, keep: bool = False) -> None:
        """Shows other photographs from the first one on, or with the cursor where it was if that one is still there."""
        stay, before = (self.image_id if keep else None), self.scroll_offset.y
        self.answer = answer
        self._hits.clear()
        self._where.clear()
        at = 0
        if stay is not None and len(found := (answer.ranking.image_ids == stay).nonzero()[0]):
            at = int(found[0])
        elif keep:
            at = min(self.cursor, max(0, self.count - 1))
        self._measure()
        self.scroll_to(y=before if keep else 0, animate=False, immediate=True)
        if self.cursor == at:
            self._tell()
        self.cursor = at
        self.refresh()
        self._fetch()

    def redraw(self) -> None:
        """Draws all anew, as when their size or the way of drawing was changed."""
        self._measure()
        self._reveal()
        self.refresh()
        self._fetch()

    def forget(self, images: list[int]) -> None:
        """Reads and draws some photographs anew."""
        self._drawings.drop(images)
        self._fetch()

    # Lines

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leaves out what drawings do not need."""
        return needed(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        """One line of the visible part."""
        looks = self._looks or self._read_looks()
        layout, width = self._layout, self.size.width
        row, inner = divmod(y + self.scroll_offset.y, layout.height)
        cells = [
            cell_line(self._cell(at), inner, layout, looks)
            for at in range(row * layout.across, min((row + 1) * layout.across, self.count))
        ]
        return Strip.join([Strip.blank(layout.left, looks.ground), *cells]).adjust_cell_length(width, looks.ground)

    def _cell(self, at: int) -> Cell:
        image = self._at(at)
        return Cell(
            self._hits.get(at),
            self._drawings.get(image),
            cursor=at == self.cursor,
            active=self.has_focus,
            selected=image in self.marked,
            words=self._frame.way is Pictures.NONE,
        )

    def _read_looks(self) -> Looks:
        style = self.get_component_rich_style
        self._looks = Looks(self.rich_style, *(style(f"grid--{name}") for name in LOOKS))
        return self._looks

    def notify_style_update(self) -> None:
        """Reads the styles anew when the theme changes."""
        self._looks = None
        super().notify_style_update()

    # Places

    def _at(self, at: int) -> int:
        assert self.answer is not None
        return int(self.answer.ranking.image_ids[at])

    def _measure(self) -> None:
        self._layout = Layout.fitting(app_of(self).state.thumbnails, self.size.width)
        frame = Frame(self._layout.columns, self._layout.rows, self._way(), app_of(self).colours)
        if frame != self._frame:
            self._frame = frame
            self._drawings.clear()
        self.virtual_size = Size(self.size.width, -(-self.count // self._layout.across) * self._layout.height)

    def _way(self) -> Pictures:
        # Sixel is no text: a grid of it would flicker with every line that scrolls.
        return Pictures.BLOCKS if app_of(self).pictures is Pictures.SIXEL else app_of(self).pictures

    def _region(self, at: int) -> Region:
        row, column = divmod(at, self._layout.across)
        return Region(
            self._layout.left + column * self._layout.width,
            row * self._layout.height - self.scroll_offset.y,
            self._layout.width,
            self._layout.height,
        )

    def _visible(self) -> range:
        """The places that can be seen, and half a page beyond."""
        height, across = self._layout.height, self._layout.across
        top = self.scroll_offset.y // height
        rows = self.size.height // height + 2
        return range(top * across, min(self.count, (top + rows + rows // 2) * across))

    # Fetching

    def _fetch(self) -> None:
        """Has what is visible and not there yet read and drawn; what is being drawn for elsewhere is dropped."""
        if self.answer is None or not self.size:
            return
        wanted = self._visible()
        paint = (
            [] if self._frame.way is Pictures.NONE else [i for i in map(self._at, wanted) if i not in self._drawings]
        )
        missing = [at for at in wanted if at not in self._hits]
        if paint or missing:
            reading = range(missing[0], missing[-1] + 1) if missing else range(0)
            self._work(self.answer, reading, paint, self._frame)

    @work(thread=True, exclusive=True, group="cells")
    def _work(self, answer: Answer, reading: range, paint: list[int], frame: Frame) -> None:
        worker = get_current_worker()
        try:
            if reading:
                hits = app_of(self).engine.hits(answer, reading.start, len(reading))
                self.post_message(self.CellsRead(answer, hits))
            for image, drawn in app_of(self).painter.paint(paint, frame, stop=lambda: worker.is_cancelled):
                self.post_message(self.CellPainted(frame, image, drawn))
        except (LibraryError, SearchError) as error:
            self.app.post_message(Failed(str(error)))

    @on(CellsRead)
    def _cells_read(self, message: CellsRead) -> None:
        message.stop()
        if message.answer is not self.answer:
            return
        if len(self._hits) > KEPT:
            self._hits.clear()
            self._where.clear()
        for hit in message.hits:
            self._hits[hit.rank] = hit
            self._where[hit.image_id] = hit.rank
            self.refresh(self._region(hit.rank))
            if hit.rank == self.cursor:
                self._tell()

    @on(CellPainted)
    def _cell_painted(self, message: CellPainted) -> None:
        message.stop()
        if message.frame == self._frame:
            self._drawings.put(message.image_id, message.drawn)
            if message.image_id in self._where:
                self.refresh(self._region(self._where[message.image_id]))

    # Following

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Fetches what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._fetch()

    def on_resize(self, _: events.Resize) -> None:
        """Lays the cells out anew."""
        self.redraw()

    def _reveal(self) -> None:
        top = self.cursor // self._layout.across * self._layout.height
        offset, height = self.scroll_offset.y, self.size.height
        if top < offset:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif top + self._layout.height > offset + height:
            self.scroll_to(y=min(top, top + self._layout.height - height), animate=False, immediate=True)

    def _tell(self) -> None:
        self.post_message(self.Highlighted(self.image_id, self.cursor))
