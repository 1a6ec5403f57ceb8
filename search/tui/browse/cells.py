"""One cell of the grid: a picture in a frame with a line of words under it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from search.engine.hits import Hit
from search.output.printable import printable
from search.tui.graphics.drawing import Drawing
from search.tui.graphics.painter import Drawn

SIZES = {"small": (12, 5), "medium": (18, 8), "large": (36, 14)}
"""Columns and rows of the picture in a cell, by the name of the size."""


@dataclass(frozen=True, slots=True)
class Looks:
    """The styles of a grid, as its theme gives them."""

    ground: Style
    frame: Style
    still: Style
    caption: Style
    bright: Style
    score: Style
    note: Style
    mark: Style
    waiting: Style


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows.

    Attributes:
        hit: The photograph; none while it is being fetched.
        drawn: Its picture; none while it is being drawn.
        cursor: Whether the cursor is on it.
        active: Whether keys move the cursor.
        selected: Whether it is marked.
        words: Show words in place of pictures.
    """

    hit: Hit | None
    drawn: Drawn | None
    cursor: bool
    active: bool
    selected: bool
    words: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Where cells lie.

    Attributes:
        columns: Of a picture.
        rows: Likewise.
        across: Cells side by side.
        left: Columns before the first.
    """

    columns: int
    rows: int
    across: int
    left: int

    @classmethod
    def fitting(cls, size: str, width: int) -> Layout:
        """As many cells of a size as fit a width, at least one, in its middle."""
        least, rows = SIZES.get(size, SIZES["medium"])
        across = max(1, width // (least + 2))
        # What is left over makes the pictures larger rather than the margin.
        columns = max(1, width // across - 2)
        return cls(columns, max(1, round(columns * rows / least)), across, (width - across * (columns + 2)) // 2)

    @property
    def width(self) -> int:
        """Columns of a cell with its frame."""
        return self.columns + 2

    @property
    def height(self) -> int:
        """Lines of a cell with its frame and its words."""
        return self.rows + 3


def cell_line(cell: Cell, y: int, layout: Layout, looks: Looks) -> Strip:
    """One line of a cell, y counting from its top."""
    width, last = layout.width, layout.height - 1
    if y in (0, last):
        return _edge(cell, width, looks, top=y == 0)
    side = Segment("│", _frame(cell, looks)) if cell.cursor else Segment(" ", looks.ground)
    inner = _words(cell, layout.columns, looks) if y == last - 1 else _picture(cell, y - 1, layout, looks)
    return Strip([side, *inner, side], width)


def _frame(cell: Cell, looks: Looks) -> Style:
    return looks.ground if not cell.cursor else looks.frame if cell.active else looks.still


def _edge(cell: Cell, width: int, looks: Looks, *, top: bool) -> Strip:
    line, left, right = ("─", *("╭╮" if top else "╰╯")) if cell.cursor else (" ", " ", " ")
    style = _frame(cell, looks)
    if top and cell.selected and width > 4:
        parts = [(left + line, style), ("✓", looks.mark), (line * (width - 4) + right, style)]
    else:
        parts = [(left + line * (width - 2) + right, style)]
    return Strip([Segment(text, how) for text, how in parts], width)


def _picture(cell: Cell, y: int, layout: Layout, looks: Looks) -> list[Segment]:
    columns, rows = layout.columns, layout.rows
    if cell.words and cell.hit is not None:
        lines = textwrap.wrap(cell.hit.caption or "no caption yet", columns)[:rows]
        text = lines[y] if y < len(lines) else ""
        return [Segment(set_cell_size(text, columns), looks.caption)]
    if isinstance(cell.drawn, Drawing):
        at = y - (rows - len(cell.drawn.lines)) // 2
        if not 0 <= at < len(cell.drawn.lines):
            return [Segment(" " * columns, looks.ground)]
        left = (columns - cell.drawn.width) // 2
        right = columns - cell.drawn.width - left
        return [Segment(" " * left, looks.ground), *cell.drawn.lines[at], Segment(" " * right, looks.ground)]
    if cell.drawn is None:
        return [Segment(" " * columns, looks.waiting)]
    lines = textwrap.wrap(cell.drawn, columns - 2)[:rows]
    at = y - (rows - len(lines)) // 2
    text = lines[at] if 0 <= at < len(lines) else ""
    return [Segment(set_cell_size(text.center(columns), columns), looks.note)]


def _words(cell: Cell, columns: int, looks: Looks) -> list[Segment]:
    """The line under the picture: the caption or the file's name, and how probable it is that the photograph fits."""
    if cell.hit is None:
        return [Segment(" " * columns, looks.ground)]
    name = printable(cell.hit.paths[0].rpartition(b"/")[2])
    text = name if cell.words or not cell.hit.caption else cell.hit.caption
    share = "" if cell.hit.probability is None else f" {cell.hit.probability:.0%}"
    room = columns - len(share)
    shown = text if cell_len(text) <= room else f"{set_cell_size(text, room - 1).rstrip()}…"
    return [
        Segment(set_cell_size(shown, room), looks.bright if cell.cursor else looks.caption),
        Segment(share, looks.score),
    ]
