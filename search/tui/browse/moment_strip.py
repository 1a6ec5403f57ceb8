"""The moments of a film side by side, that which is looked at among those before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events, on, work
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from index_data.errors import LibraryError
from index_data.film_times import clock
from search.output.film_names import PLAY
from search.output.terminal_pictures import DrawingMethod
from search.tui.browse.film import Film
from search.tui.graphics.drawing import Drawing, Frame
from search.tui.graphics.painter import Drawings, Drawn, Painter
from search.tui.messages import WorkFailed

COLUMNS, ROWS = 12, 3
"""Of the picture of a moment; under it stands its time."""

KEPT = 60
"""Pictures of moments that are kept."""


class MomentStrip(Widget):
    """As many moments as there is room for; no height where there is no film."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"strip--time", "strip--current"}

    @dataclass
    class Chosen(Message):
        """A moment was clicked."""

        image: int

    @dataclass
    class MomentPainted(Message):
        """A moment was drawn, or could not be."""

        image: int
        frame: Frame
        drawn: Drawn

    def __init__(self, painter: Painter, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._painter = painter
        self._film: Film | None = None
        self._image = 0
        self._shown: tuple[int, ...] = ()
        self._drawings = Drawings(KEPT, painter.send)
        self._frame = painter.cell_frame(COLUMNS, ROWS)

    def on_mount(self) -> None:
        """Takes no room before there is a film."""
        self.display = False

    def show(self, film: Film | None, image: int) -> None:
        """Shows the moments of a film about one of them; nothing where there is none."""
        self._film, self._image = film, image
        self.display = film is not None
        self._lay_out()

    def redraw(self) -> None:
        """Draws anew, as when the way of drawing was changed."""
        self._drawings.clear()
        self._lay_out()

    def on_resize(self, _: events.Resize) -> None:
        """Shows as many as there is room for."""
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        """Tells which moment was clicked."""
        at = event.x // (COLUMNS + 1)
        if at < len(self._shown):
            self.post_message(self.Chosen(self._shown[at]))

    def _lay_out(self) -> None:
        frame = self._painter.cell_frame(COLUMNS, ROWS)
        if frame != self._frame:
            self._frame = frame
            self._drawings.clear()
        self.styles.height = 1 if frame.method is DrawingMethod.NONE else ROWS + 1
        order = [] if self._film is None else list(self._film.moments)
        count = max(1, (self.size.width + 1) // (COLUMNS + 1))
        first = 0
        if self._image in order:
            first = max(0, min(order.index(self._image) - count // 2, len(order) - count))
        self._shown = tuple(order[first : first + count])
        self.refresh()
        missing = [image for image in self._shown if image not in self._drawings]
        if missing and self.size.width and frame.method is not DrawingMethod.NONE:
            self._paint(missing, frame)

    @work(thread=True, exclusive=True, group="moments")
    def _paint(self, images: list[int], frame: Frame) -> None:
        worker = get_current_worker()
        try:
            for image, drawn in self._painter.paint(images, frame, stop=lambda: worker.is_cancelled):
                self.post_message(self.MomentPainted(image, frame, drawn))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))

    @on(MomentPainted)
    def _moment_painted(self, message: MomentPainted) -> None:
        message.stop()
        if message.frame == self._frame:
            self._drawings.put(message.image, message.drawn)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of all that are shown."""
        blank = Strip.blank(1, self.rich_style)
        cells = [part for image in self._shown for part in (self._cell_line(image, y), blank)]
        return Strip.join(cells).adjust_cell_length(self.size.width, self.rich_style)

    def _cell_line(self, image: int, y: int) -> Strip:
        if y == self.size.height - 1:
            return self._time(image)
        drawn = self._drawings.get(image)
        if isinstance(drawn, Drawing):
            line = y - (ROWS - len(drawn.lines)) // 2
            if 0 <= line < len(drawn.lines):
                left = Strip.blank((COLUMNS - drawn.width) // 2, self.rich_style)
                return Strip.join([left, drawn.lines[line]]).adjust_cell_length(COLUMNS, self.rich_style)
        return Strip.blank(COLUMNS, self.rich_style)

    def _time(self, image: int) -> Strip:
        assert self._film is not None
        current = image == self._image
        style = self.get_component_rich_style("strip--current" if current else "strip--time")
        sign = PLAY if current else " "
        words = f"{sign} {clock(self._film.moments[image].start)}"
        return Strip([Segment(set_cell_size(words.center(COLUMNS), COLUMNS), style)], COLUMNS)
