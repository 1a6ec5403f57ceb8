"""Turns pictures into lines of a terminal, in whichever way the terminal can show them.

The size of a cell is asked when this module is imported, which must be before an app takes the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PIL import Image
from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from textual.filter import ANSIToTruecolor, LineFilter
from textual.strip import Strip
from textual_image._terminal import get_cell_size
from textual_image.renderable.tgp import Image as Kitty

from search.output.character_pictures import draw_lines
from search.output.terminal_pictures import CHARACTERS, Detected, DrawingMethod

CELL = get_cell_size()
"""Pixels of a cell of this terminal."""


NOT_TEXT = (DrawingMethod.SIXEL, DrawingMethod.ITERM2)
"""What needs a widget of its own, and would flicker with every line that scrolls."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the app's terminal can show, and the way to it.

    Attributes:
        method: Gives how pictures are drawn now; a person may set it.
        colours: Gives how many colours there are, by the name that rich has for it.
        send: Sends what is not text, in order with everything that is drawn.
    """

    method: Callable[[], DrawingMethod]
    colours: Callable[[], str]
    send: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture must fit, and how it is drawn.

    Attributes:
        columns: At most.
        rows: At most.
        method: How it is drawn.
        colours: That the terminal has: `standard`, `256`, `truecolor` or `windows`.
        zoom: How many times closer than the whole picture.
        across: Where the middle of what is seen lies, from the left, in [0, 1].
        down: Likewise, from the top.
    """

    columns: int
    rows: int
    method: DrawingMethod
    colours: str = "truecolor"
    zoom: int = 1
    across: float = 0.5
    down: float = 0.5


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture in cells.

    Attributes:
        lines: From the top, all of one width.
        transfer: What the terminal must be sent before the lines mean anything.
        release: What it is sent when they are no longer shown.
    """

    lines: tuple[Strip, ...]
    transfer: str = ""
    release: str = ""

    @property
    def width(self) -> int:
        """Cells of each line."""
        return self.lines[0].cell_length if self.lines else 0


def choose_method(setting: str, *, colour: bool) -> DrawingMethod:
    """The method that a setting asks for, or the best that this terminal has; without colour there are no pictures."""
    if not colour:
        return DrawingMethod.NONE
    try:
        method = DrawingMethod(setting)
    except ValueError:
        method = DrawingMethod.AUTO
    return Detected if method is DrawingMethod.AUTO else method


def in_characters(method: DrawingMethod) -> DrawingMethod:
    """The method that draws in lines of text where another does not."""
    return DrawingMethod.QUADRANTS if method in NOT_TEXT else method


def fit_cells(size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """The columns and rows, at most those given, in which a picture of a size in pixels keeps its shape."""
    width, height = size
    scale = min(columns * CELL.width / width, rows * CELL.height / height)
    wide, high = round(width * scale / CELL.width), round(height * scale / CELL.height)
    return min(columns, max(1, wide)), min(rows, max(1, high))


def crop(picture: Image.Image, frame: Frame) -> Image.Image:
    """The part of a picture that a frame shows."""
    if frame.zoom == 1:
        return picture
    width, height = (max(1, side // frame.zoom) for side in picture.size)
    left = round(min(max(frame.across * picture.width - width / 2, 0), picture.width - width))
    top = round(min(max(frame.down * picture.height - height / 2, 0), picture.height - height))
    return picture.crop((left, top, left + width, top + height))


def draw(picture: Image.Image, frame: Frame) -> Drawing:
    """Draws a picture as large as it fits; for threads: it takes milliseconds.

    What is not text is drawn by characters here.
    """
    width, height = fit_cells(picture.size, frame.columns, frame.rows)
    if frame.method is DrawingMethod.KITTY:
        image = _CollectingKitty(picture, width=width, height=height)
        lines = _lines(image, width, height, frame.colours)
        return Drawing(lines, image.sent, f"\x1b_Ga=d,d=I,i={image.terminal_image_id},q=2;\x1b\\")
    dots = CHARACTERS[in_characters(frame.method)]
    return Drawing(_spelled((Strip(line, width) for line in draw_lines(picture, width, height, dots)), frame.colours))


def _lines(picture: Kitty, width: int, height: int, colours: str) -> tuple[Strip, ...]:
    console = Console(width=width, height=height, color_system="truecolor", force_terminal=True)
    segments = picture.__rich_console__(console, console.options.update(width=width, height=height))
    return _spelled((Strip(line, width) for line in Segment.split_lines(_segments_only(segments))), colours)


def _spelled(lines: Iterable[Strip], colours: str) -> tuple[Strip, ...]:
    """Lines whose styles are spelled out, which makes the first paint slow, and is kept by rich: better in a thread."""
    kept = tuple(lines)
    for line in kept:
        for _, style, _ in line:
            if style is not None:
                Strip.render_ansi(style, COLOR_SYSTEMS[colours])
    return kept


def _segments_only(parts: Iterable[object]) -> Iterable[Segment]:
    return (part for part in parts if isinstance(part, Segment))


class _CollectingKitty(Kitty):
    """Keeps what it would send, for the app to send in order with everything else it writes."""

    sent = ""

    def _send_image_to_terminal(self, width: int, height: int) -> None:
        self.terminal_image_id = next(Kitty._image_id_counter) % 2**32
        payload = self._image_data.scaled(width, height).to_base64()
        for start in range(0, len(payload), 4096):
            more = int(start + 4096 < len(payload))
            self.sent += f"\x1b_Gi={self.terminal_image_id},m={more},f=100,q=2;{payload[start : start + 4096]}\x1b\\"

    def _create_virtual_placement(self, width: int, height: int) -> None:
        self.sent += f"\x1b_Ga=p,i={self.terminal_image_id},c={width},r={height},U=1,q=2;\x1b\\"


def without_colour_conversion(filters: Sequence[LineFilter]) -> list[LineFilter]:
    """Leaves out the filter that turns named colours into true ones: a drawing has thousands, all of them true."""
    return [kind for kind in filters if not isinstance(kind, ANSIToTruecolor)]
