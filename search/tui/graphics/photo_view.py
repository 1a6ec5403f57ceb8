"""A widget that shows one photograph as large as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from PIL import Image
from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events, on, work
from textual.app import ComposeResult
from textual.filter import LineFilter
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker
from textual_image.widget.sixel import Image as SixelImage

from captioning.errors import UnreadableImageError
from index_data.errors import LibraryError
from search.output.terminal_pictures import DrawingMethod
from search.tui.graphics.drawing import NOT_TEXT, Drawing, Frame, without_colour_conversion
from search.tui.graphics.inline_image import InlineImage
from search.tui.graphics.painter import Drawings, Drawn, Painter

CLOSEST = 16
"""Times that a picture can be seen closer."""


class PhotoView(Widget):
    """Draws one photograph off the interface's thread; says so where its file is gone."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"photo--note"}

    @dataclass
    class Painted(Message):
        """A photograph was drawn, or could not be."""

        source: int | bytes
        frame: Frame
        drawn: Drawn | Image.Image

    def __init__(self, painter: Painter, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._painter = painter
        self._source: int | bytes | None = None
        self._painted: tuple[int | bytes | None, Frame] | None = None
        self._drawings = Drawings(1, painter.send)
        self.zoom = 1
        self._across = self._down = 0.5

    def compose(self) -> ComposeResult:
        """Holds what draws what is not text, and needs a widget of its own."""
        yield SixelImage()
        yield InlineImage()

    def on_mount(self) -> None:
        """Starts empty."""
        for carrier in self.query(SixelImage):
            carrier.display = False

    def show(self, image_id: int | None, path: bytes | None = None) -> None:
        """Draws a photograph of the library, or a file; nothing without either."""
        source = path if image_id is None else image_id
        if source != self._source:
            self._source = source
            self._paint()

    def zoom_to(self, zoom: int) -> None:
        """Shows the whole picture, or its middle so many times closer, up to `CLOSEST`."""
        self.zoom = min(max(1, zoom), CLOSEST)
        self.pan(0, 0)

    def pan(self, across: int, down: int) -> None:
        """Moves in a closer look by steps of a quarter of what is seen; at an edge it stays."""
        edge, step = 0.5 / self.zoom, 0.25 / self.zoom
        self._across = min(max(self._across + across * step, edge), 1 - edge)
        self._down = min(max(self._down + down * step, edge), 1 - edge)
        self._paint()

    def redraw(self) -> None:
        """Draws anew, as when the way of drawing was changed."""
        self._painted = None
        self._paint()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leaves out what drawings do not need."""
        return without_colour_conversion(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        """One line of the picture, centred; a note where there is no picture."""
        width, height = self.size
        drawn = self._drawings.get(0)
        blank = self.rich_style
        if isinstance(drawn, Drawing):
            line = y - (height - len(drawn.lines)) // 2
            if 0 <= line < len(drawn.lines):
                left = (width - drawn.width) // 2
                return Strip.join([Strip.blank(left, blank), drawn.lines[line]]).adjust_cell_length(width, blank)
        elif isinstance(drawn, str) and y == height // 2:
            style = self.get_component_rich_style("photo--note")
            return Strip.blank(width, blank) if not drawn else _centred(drawn, width, style)
        return Strip.blank(width, blank)

    def on_resize(self, _: events.Resize) -> None:
        """Draws for the new size."""
        self._paint()

    def _paint(self) -> None:
        frame = self._painter.frame(self.size.width, self.size.height)
        # Where nothing is drawn there is no hole.
        self.display = frame.method is not DrawingMethod.NONE
        frame = replace(frame, zoom=self.zoom, across=self._across, down=self._down)
        if not frame.columns or not frame.rows or self._painted == (self._source, frame):
            return
        self._painted = (self._source, frame)
        if self._source is None or frame.method is DrawingMethod.NONE:
            self._put("")
        else:
            self._work(self._source, frame)

    @work(thread=True, exclusive=True, group="picture")
    def _work(self, source: int | bytes, frame: Frame) -> None:
        worker = get_current_worker()
        drawn: Drawn | Image.Image
        try:
            if frame.method in NOT_TEXT:
                drawn = self._painter.picture(source, frame)
            else:
                drawn = self._painter.paint_one(source, frame)
        except (UnreadableImageError, LibraryError) as error:
            drawn = str(error)
        if not worker.is_cancelled:
            self.post_message(self.Painted(source, frame, drawn))

    @on(Painted)
    def _painted_message(self, message: Painted) -> None:
        message.stop()
        if self._painted == (message.source, message.frame):
            self._put(message.drawn)

    def _put(self, drawn: Drawn | Image.Image) -> None:
        method = self._painted[1].method if self._painted else DrawingMethod.NONE
        for carrier in self.query(SixelImage):
            inline = isinstance(carrier, InlineImage)
            carrier.display = isinstance(drawn, Image.Image) and inline is (method is DrawingMethod.ITERM2)
            if carrier.display:
                carrier.image = drawn
        if isinstance(drawn, Image.Image):
            self._drawings.clear()
        else:
            self._drawings.put(0, drawn)
        self.refresh()


def _centred(text: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(text.center(width), width), style)], width)
