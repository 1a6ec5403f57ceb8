"""The grid of thumbnails: of any number of photographs only the visible ones are read and drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import get_current_worker

from index_data.catalogue.conditions import PlaceCondition
from index_data.errors import LibraryError
from search.engine.answer import Answer
from search.engine.engine import Engine
from search.engine.hits import Hit
from search.errors import SearchError
from search.output.terminal_pictures import DrawingMethod
from search.tui.browse.cell_cache import MOST_HITS, CellCache, Missing
from search.tui.browse.cells import STYLES, Cell, CellStyles, draw_cell_line
from search.tui.browse.layout import Layout
from search.tui.graphics.drawing import Frame, without_colour_conversion
from search.tui.graphics.painter import Drawn, Painter
from search.tui.messages import WorkFailed
from search.tui.services.state import State

MOVES = {
    "left": ("left,h", "To the left"),
    "right": ("right,l", "To the right"),
    "up": ("up,k", "Up"),
    "down": ("down,j", "Down"),
    "page_up": ("pageup,ctrl+b", "A page up"),
    "page_down": ("pagedown,ctrl+f", "A page down"),
    "first": ("home,g", "To the first"),
    "last": ("end,G", "To the last"),
}


class Grid(ScrollView, can_focus=True):
    """Thumbnails in the order of an answer, with a cursor and marks."""

    HELP = """The photographs that the query found. Under each stand what it shows and how likely it is to fit. Keys for
a photograph mean the one in the frame or, if some are marked, all that are marked: the sign ✓ stands on these."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"grid--{name}" for name in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(keys, f"move('{to}')", show=False, id=f"grid.{to}", tooltip=text)
            for to, (keys, text) in MOVES.items()
        ),
        Binding("space", "mark", "Mark", id="grid.mark", tooltip="Mark or unmark, for acting on many at once"),
        Binding(
            "A", "mark_all", "Mark all", show=False, id="grid.mark_all", tooltip="Mark all that were found, or none"
        ),
    ]
    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Highlighted(Message):
        """The cursor came to a photograph; none where there are no photographs."""

        image_id: int | None
        index: int

    @dataclass
    class Opened(Message):
        """A photograph was clicked twice."""

    @dataclass
    class CellsRead(Message):
        """What is known of some photographs was read."""

        answer: Answer
        hits: tuple[Hit, ...]

    @dataclass
    class CellPainted(Message):
        """A thumbnail was drawn, or could not be."""

        frame: Frame
        image_id: int
        drawn: Drawn

    def __init__(self, engine: Engine, painter: Painter, state: State, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._engine, self._painter, self._state = engine, painter, state
        self.answer: Answer | None = None
        self.marked: set[int] = set()
        self.cell_layout = Layout.without_pictures(80)
        self._cache = CellCache(painter.send)
        self._frame = Frame(0, 0, DrawingMethod.NONE)
        self._cell_styles: CellStyles | None = None

    @property
    def count(self) -> int:
        """How many photographs there are to look through."""
        return 0 if self.answer is None else len(self.answer.ranking)

    @property
    def first_page(self) -> int:
        """How many photographs of an answer are in sight at most, or soon will be."""
        return len(self.cell_layout.visible(0, self.size.height, MOST_HITS))

    @property
    def image_id(self) -> int | None:
        """The photograph under the cursor."""
        return self._image(self.cursor) if self.count else None

    @property
    def hit(self) -> Hit | None:
        """What is known of it, once it was read."""
        return self._cache.hit(self.cursor)

    @property
    def places(self) -> tuple[PlaceCondition, ...]:
        """What the query asks of paths."""
        return () if self.answer is None else self.answer.query.places

    @property
    def complete(self) -> bool:
        """Whether everything in sight is read and drawn."""
        return self.answer is not None and self._missing() is None

    def show(self, answer: Answer, *, keep: bool = False) -> None:
        """Shows other photographs from the first one on, or with the cursor where it was if that one is still there.

        The answer's hits need not be read any more.
        """
        stay, before = (self.image_id if keep else None), self.scroll_offset.y
        if keep and self.answer is not None and not self.answer.ranking.complete and self._all_marked(self.answer):
            # All were meant, also those that were still to be found.
            self.marked = set(answer.ranking.image_ids.tolist())
        self.answer = answer
        self._cache.drop_hits()
        self._cache.add_hits(answer.hits)
        cursor = 0
        if stay is not None and len(ranks := (answer.ranking.image_ids == stay).nonzero()[0]):
            cursor = int(ranks[0])
        elif keep:
            cursor = min(self.cursor, max(0, self.count - 1))
        self._measure()
        self.scroll_to(y=before if keep else 0, animate=False, immediate=True)
        if self.cursor == cursor:
            self._announce()
        self.cursor = cursor
        self.refresh()
        self._fetch()

    def clear(self) -> None:
        """Shows no photograph."""
        self.answer = None
        self._cache.drop_hits()
        self._measure()
        self.cursor = 0
        self._announce()
        self.refresh()

    def redraw(self) -> None:
        """Draws all anew, as when their size or the way of drawing was changed."""
        self._measure()
        self._reveal()
        self.refresh()
        self._fetch()

    def unmark(self, images: Collection[int] | None = None) -> None:
        """Takes the marks off some photographs, or off all."""
        self._mark(set() if images is None else self.marked.difference(images))

    # Keys and mouse

    def action_move(self, to: str) -> None:
        """Moves the cursor; past an edge it stays."""
        self.cursor = self.cell_layout.move(self.cursor, to, count=self.count, height=self.size.height)

    def action_mark(self) -> None:
        """Marks the photograph under the cursor, and goes on to the next."""
        if self.image_id is not None:
            self.marked ^= {self.image_id}
            self._refresh_cells([self.cursor])
            self.action_move("right")

    def action_mark_all(self) -> None:
        """Marks everything that was found; again, and nothing is marked."""
        if self.answer is not None:
            self._mark(set() if self._all_marked(self.answer) else set(self.answer.ranking.image_ids.tolist()))

    def _all_marked(self, answer: Answer) -> bool:
        return bool(self.marked) and self.marked.issuperset(answer.ranking.image_ids.tolist())

    def on_click(self, event: events.Click) -> None:
        """Goes to the photograph that was clicked; with ctrl or shift it is marked, twice it is opened."""
        index = self.cell_layout.index_at(event.x, event.y + self.scroll_offset.y, self.count)
        if index is None:
            return
        self.cursor = index
        if event.ctrl or event.shift:
            self.action_mark()
        elif event.chain == 2:
            self.post_message(self.Opened())

    def on_focus(self) -> None:
        """Brightens the frame of the cursor."""
        self._refresh_cells([self.cursor])

    def on_blur(self) -> None:
        """Dims it."""
        self._refresh_cells([self.cursor])

    def watch_cursor(self, before: int, after: int) -> None:
        """Shows where the cursor is."""
        self._reveal()
        self._refresh_cells([before, after])
        self._announce()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Fetches what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._fetch()

    def on_resize(self, _: events.Resize) -> None:
        """Lays the cells out anew."""
        self.redraw()

    # Lines

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leaves out what drawings do not need."""
        return without_colour_conversion(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        """One line of the visible part."""
        styles = self._cell_styles or self._read_styles()
        layout, width = self.cell_layout, self.size.width
        row, line = divmod(y + self.scroll_offset.y, layout.height)
        cells = [
            draw_cell_line(self._cell(index), line, layout, styles)
            for index in range(row * layout.across, min((row + 1) * layout.across, self.count))
        ]
        return Strip.join([Strip.blank(layout.left, styles.ground), *cells]).adjust_cell_length(width, styles.ground)

    def _cell(self, index: int) -> Cell:
        image = self._image(index)
        return Cell(
            self._cache.hit(index),
            self._cache.drawings.get(image),
            cursor=index == self.cursor,
            active=self.has_focus,
            selected=image in self.marked,
            words=self._frame.method is DrawingMethod.NONE,
        )

    def _read_styles(self) -> CellStyles:
        style = self.get_component_rich_style
        self._cell_styles = CellStyles(self.rich_style, *(style(f"grid--{name}") for name in STYLES))
        return self._cell_styles

    def notify_style_update(self) -> None:
        """Reads the styles anew when the theme changes."""
        self._cell_styles = None
        super().notify_style_update()

    # Reading and drawing

    def _fetch(self) -> None:
        """Has what is in sight and not there yet read and drawn; what is being drawn for elsewhere is dropped."""
        if self.answer is not None and self.size and (missing := self._missing()) is not None:
            self._work(self.answer, missing, self._frame)

    def _missing(self) -> Missing | None:
        assert self.answer is not None
        visible = self.cell_layout.visible(self.scroll_offset.y, self.size.height, self.count)
        return self._cache.missing(self.answer.ranking, visible, self._frame)

    # Without a description all arguments are written out, and an answer is long.
    @work(thread=True, exclusive=True, group="cells", description="what is in sight")
    def _work(self, answer: Answer, missing: Missing, frame: Frame) -> None:
        worker = get_current_worker()
        try:
            if missing.ranks:
                hits = self._engine.hits(answer, missing.ranks.start, len(missing.ranks))
                self.post_message(self.CellsRead(answer, hits))
            for image, drawn in self._painter.paint(missing.images, frame, stop=lambda: worker.is_cancelled):
                self.post_message(self.CellPainted(frame, image, drawn))
        except (LibraryError, SearchError) as error:
            self.app.post_message(WorkFailed(str(error)))

    @on(CellsRead)
    def _cells_read(self, message: CellsRead) -> None:
        message.stop()
        if message.answer is self.answer:
            self._cache.add_hits(message.hits)
            ranks = [hit.rank for hit in message.hits]
            self._refresh_cells(ranks)
            if self.cursor in ranks:
                self._announce()

    @on(CellPainted)
    def _cell_painted(self, message: CellPainted) -> None:
        message.stop()
        if message.frame == self._frame:
            self._cache.drawings.put(message.image_id, message.drawn)
            if (rank := self._cache.rank(message.image_id)) is not None:
                self._refresh_cells([rank])

    def _image(self, index: int) -> int:
        assert self.answer is not None
        return int(self.answer.ranking.image_ids[index])

    def _mark(self, images: set[int]) -> None:
        self.marked = images
        self.refresh()

    def _measure(self) -> None:
        # Whether or not there is a scrollbar: its coming must not change what makes it come.
        width = self.size.width - self.styles.scrollbar_size_vertical
        layout = Layout.fitting(self._state.thumbnails, width, self.size.height, self.count)
        if self._painter.cell_frame(1, 1).method is DrawingMethod.NONE:
            layout = Layout.without_pictures(width)
        self.cell_layout = layout
        frame = self._painter.cell_frame(layout.columns, layout.rows)
        if frame != self._frame:
            self._frame = frame
            self._cache.drawings.clear()
        self.virtual_size = Size(self.size.width, layout.lines(self.count))

    def _refresh_cells(self, indices: Iterable[int]) -> None:
        offset = self.scroll_offset.y
        self.refresh(*(self.cell_layout.region(index).translate((0, -offset)) for index in indices))

    def _reveal(self) -> None:
        cell = self.cell_layout.region(self.cursor)
        offset, height = self.scroll_offset.y, self.size.height
        if cell.y < offset:
            self.scroll_to(y=cell.y, animate=False, immediate=True)
        elif cell.bottom > offset + height:
            self.scroll_to(y=min(cell.y, cell.bottom - height), animate=False, immediate=True)

    def _announce(self) -> None:
        self.post_message(self.Highlighted(self.image_id, self.cursor))
