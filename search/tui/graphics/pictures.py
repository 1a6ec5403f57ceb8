"""One photograph, as large as its place allows."""

from __future__ import annotations

from collections.abc import Sequence
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
from search.tui.app_of import app_of
from search.tui.graphics.drawing import Drawing, Frame, Pictures, needed
from search.tui.graphics.painter import Drawings, Drawn


class Picture(Widget):
    """Draws one photograph off the interface's thread; says so where its file is gone."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--note"}

    class Painted(Message):
        """A photograph was drawn, or could not be."""

        def __init__(self, shown: object, frame: Frame, drawn: Drawn | Image.Image) -> None:
            self.shown, self.frame, self.drawn = shown, frame, drawn
            super().__init__()

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id, classes=classes)
        self._shown: int | bytes | None = None
        self._painted: tuple[object, Frame] | None = None
        self._held = Drawings(1, lambda data: app_of(self).send(data))

    def compose(self) -> ComposeResult:
        """Holds what draws Sixel, which is no text and needs a widget of its own."""
        yield SixelImage()

    def on_mount(self) -> None:
        """Starts empty."""
        self.query_one(SixelImage).display = False

    def show(self, image_id: int | None, path: bytes | None = None) -> None:
        """Draws a photograph of the library, or a file; nothing without either."""
        wanted = path if image_id is None else image_id
        if wanted != self._shown:
            self._shown = wanted
            self._paint()

    def redraw(self) -> None:
        """Draws anew, as when the way of drawing was changed."""
        self._painted = None
        self._paint()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leaves out what drawings do not need."""
        return needed(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        """One line of the picture, in the middle of its place; a note where there is no picture."""
        width, height = self.size
        drawn = self._held.get(0)
        blank = self.rich_style
        if isinstance(drawn, Drawing):
            at = y - (height - len(drawn.lines)) // 2
            if 0 <= at < len(drawn.lines):
                left = (width - drawn.width) // 2
                return Strip.join([Strip.blank(left, blank), drawn.lines[at]]).adjust_cell_length(width, blank)
        elif isinstance(drawn, str) and y == height // 2:
            style = self.get_component_rich_style("picture--note")
            return Strip.blank(width, blank) if not drawn else _centred(drawn, width, style)
        return Strip.blank(width, blank)

    def on_resize(self, _: events.Resize) -> None:
        """Draws for the new size."""
        self._paint()

    def _paint(self) -> None:
        app = app_of(self)
        frame = Frame(self.size.width, self.size.height, app.pictures, app.colours)
        if not frame.columns or not frame.rows or self._painted == (self._shown, frame):
            return
        self._painted = (self._shown, frame)
        if self._shown is None or frame.way is Pictures.NONE:
            self._take("")
        else:
            self._work(self._shown, frame)

    @work(thread=True, exclusive=True, group="picture")
    def _work(self, shown: int | bytes, frame: Frame) -> None:
        worker = get_current_worker()
        drawn: Drawn | Image.Image
        try:
            if frame.way is Pictures.SIXEL:
                drawn = app_of(self).painter.picture(shown, frame)
            else:
                drawn = app_of(self).painter.paint_one(shown, frame)
        except (UnreadableImageError, LibraryError) as error:
            drawn = str(error)
        if not worker.is_cancelled:
            self.post_message(self.Painted(shown, frame, drawn))

    @on(Painted)
    def _painted_message(self, message: Painted) -> None:
        message.stop()
        if self._painted == (message.shown, message.frame):
            self._take(message.drawn)

    def _take(self, drawn: Drawn | Image.Image) -> None:
        sixel = self.query_one(SixelImage)
        sixel.display = isinstance(drawn, Image.Image)
        if isinstance(drawn, Image.Image):
            sixel.image = drawn
            self._held.clear()
        else:
            self._held.put(0, drawn)
        self.refresh()


def _centred(text: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(text.center(width), width), style)], width)
