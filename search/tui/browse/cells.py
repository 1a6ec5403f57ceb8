"""One cell of the grid: a picture in a frame with words under it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from index_data.film_times import clock
from search.engine.hits import Hit
from search.output.film_names import PLAY
from search.output.film_words import span
from search.output.mark_words import mark_signs
from search.output.printable import printable
from search.tui.browse.layout import Layout
from search.tui.graphics.drawing import Drawing
from search.tui.graphics.painter import Drawn


@dataclass(frozen=True, slots=True)
class CellStyles:
    """The styles of a grid, as its theme gives them."""

    ground: Style
    frame: Style
    still: Style
    caption: Style
    bright: Style
    score: Style
    note: Style
    mark: Style
    time: Style
    waiting: Style


STYLES = tuple(field.name for field in fields(CellStyles) if field.name != "ground")
"""What the theme styles; the ground is that of the grid itself."""


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


def draw_cell_line(cell: Cell, y: int, layout: Layout, styles: CellStyles) -> Strip:
    """One line of a cell, y counting from its top."""
    width, last = layout.width, layout.height - 1
    if y in (0, last):
        return _edge(cell, width, styles, top=y == 0)
    side = Segment("│", _frame(cell, styles)) if cell.cursor else Segment(" ", styles.ground)
    below = y - 1 - layout.rows
    inner = _picture(cell, y - 1, layout, styles) if below < 0 else _words(cell, below, layout, styles)
    return Strip([side, *inner, side], width)


def _frame(cell: Cell, styles: CellStyles) -> Style:
    return styles.ground if not cell.cursor else styles.frame if cell.active else styles.still


def _edge(cell: Cell, width: int, styles: CellStyles, *, top: bool) -> Strip:
    bar, left, right = ("─", *("╭╮" if top else "╰╯")) if cell.cursor else (" ", " ", " ")
    style = _frame(cell, styles)
    selected = "✓" if top and cell.selected and width > 4 else ""
    signs = mark_signs(cell.hit.marks) if top and cell.hit is not None else ""
    if len(signs) + 6 > width:
        signs = ""
    if not (selected or signs):
        return Strip([Segment(left + bar * (width - 2) + right, style)], width)
    between = bar * (width - 4 - len(selected) - len(signs))
    parts = [
        (left + bar, style),
        (selected, styles.mark),
        (between, style),
        (signs, styles.score),
        (bar + right, style),
    ]
    return Strip([Segment(text, style) for text, style in parts if text], width)


def _with_time(line: Strip, hit: Hit | None, style: Style) -> Strip:
    """The last line of the picture of a moment, over its end when it is and how long the film."""
    if hit is None or hit.moment is None or hit.video is None:
        return line
    length = clock(hit.video.duration)
    for sign in (f" {PLAY} {clock(hit.moment.start)} / {length} ", f" {PLAY} {length} "):
        if len(sign) <= line.cell_length:
            return Strip([*line.crop(0, line.cell_length - len(sign)), Segment(sign, style)], line.cell_length)
    return line


def _picture(cell: Cell, y: int, layout: Layout, styles: CellStyles) -> list[Segment]:
    columns, rows = layout.columns, layout.rows
    if cell.words and cell.hit is not None:
        lines = textwrap.wrap(cell.hit.caption or "no caption yet", columns)[:rows]
        text = lines[y] if y < len(lines) else ""
        return [Segment(set_cell_size(text, columns), styles.caption)]
    if isinstance(cell.drawn, Drawing):
        line = y - (rows - len(cell.drawn.lines)) // 2
        if not 0 <= line < len(cell.drawn.lines):
            return [Segment(" " * columns, styles.ground)]
        left = (columns - cell.drawn.width) // 2
        right = columns - cell.drawn.width - left
        shown = cell.drawn.lines[line]
        if line == len(cell.drawn.lines) - 1:
            shown = _with_time(shown, cell.hit, styles.time)
        return [Segment(" " * left, styles.ground), *shown, Segment(" " * right, styles.ground)]
    if cell.drawn is None:
        return [Segment(" " * columns, styles.waiting)]
    lines = textwrap.wrap(cell.drawn, columns - 2)[:rows]
    line = y - (rows - len(lines)) // 2
    text = lines[line] if 0 <= line < len(lines) else ""
    return [Segment(set_cell_size(text.center(columns), columns), styles.note)]


def _words(cell: Cell, line: int, layout: Layout, styles: CellStyles) -> list[Segment]:
    """A line under the picture: of the caption or the file's name; at the end of the last, how likely it is to fit."""
    columns = layout.columns
    if cell.hit is None:
        return [Segment(" " * columns, styles.ground)]
    name = printable(cell.hit.paths[0].rpartition(b"/")[2])
    if cell.words and cell.hit.moment is not None:
        name = f"{PLAY} {span(cell.hit.moment)} {name}"
    text = name if cell.words or not cell.hit.caption else cell.hit.caption
    probability = "" if cell.hit.probability is None else f" {cell.hit.probability:.0%}"
    lines = _wrapped(text, columns, columns - len(probability), layout.caption)
    if line < layout.caption - 1:
        probability = ""
    width = columns - len(probability)
    return [
        Segment(set_cell_size(lines[line], width), styles.bright if cell.cursor else styles.caption),
        Segment(probability, styles.score),
    ]


def _wrapped(text: str, width: int, last_width: int, count: int) -> list[str]:
    """A text in so many lines, the last of which may be shorter, with an ellipsis where it does not fit."""
    lines = []
    for _ in range(count - 1):
        first = next(iter(textwrap.wrap(text, width)), "")
        lines.append(first)
        text = text[len(first) :].lstrip()
    fits = cell_len(text) <= last_width
    return [*lines, text if fits else f"{set_cell_size(text, max(0, last_width - 1)).rstrip()}…"]
