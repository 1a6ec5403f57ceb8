"""Where the cells of the grid lie, and from which to which the keys go."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Region

SIZES = {"small": (12, 5), "medium": (18, 8), "large": (36, 14)}
"""Columns and rows that the picture in a cell has at least, by the name of the size."""

WORDS = 36
"""Columns that a cell without a picture has at least."""

EDGES, CAPTION = 2, 2
"""Lines of a cell for its frame, and for the words under the picture."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells in rows, counted from 0 in the order of reading.

    Attributes:
        columns: Of a picture.
        rows: Likewise.
        across: Cells side by side.
        left: Columns before the first.
        caption: Lines of words under the picture.
    """

    columns: int
    rows: int
    across: int
    left: int
    caption: int = CAPTION

    @classmethod
    def fitting(cls, size: str, width: int, height: int, count: int) -> Layout:
        """Cells of at least a size that fill so many columns and lines.

        More cells than fit at once are in whole rows, as many as fit; fewer are as large as they all fit.
        """
        least, shape = SIZES.get(size, SIZES["medium"])
        across = max(1, width // (least + EDGES))
        rows = round((width // across - EDGES) * shape / least) + EDGES + CAPTION
        down = max(1, round(height / rows))
        if 0 < count <= across * down:
            across = max(range(1, min(across, count) + 1), key=lambda across: _scale(across, count, width, height))
            down = -(-count // across)
        return cls._of(across, max(1, height // down - EDGES - CAPTION), width)

    @classmethod
    def without_pictures(cls, width: int) -> Layout:
        """Cells of words alone, no larger than these: two lines of the caption, and one of the name."""
        return cls._of(max(1, width // (WORDS + EDGES)), 2, width, caption=1)

    @classmethod
    def _of(cls, across: int, rows: int, width: int, caption: int = CAPTION) -> Layout:
        columns = max(1, width // across - EDGES)
        return cls(columns, rows, across, (width - across * (columns + EDGES)) // 2, caption)

    @property
    def width(self) -> int:
        """Columns of a cell with its frame."""
        return self.columns + EDGES

    @property
    def height(self) -> int:
        """Lines of a cell with its frame and its words."""
        return self.rows + EDGES + self.caption

    def lines(self, count: int) -> int:
        """Lines that so many cells take."""
        return -(-count // self.across) * self.height

    def region(self, index: int) -> Region:
        """The place of a cell, its lines counted from the first of all."""
        row, column = divmod(index, self.across)
        return Region(self.left + column * self.width, row * self.height, self.width, self.height)

    def index_at(self, x: int, y: int, count: int) -> int | None:
        """The cell at a place, if there is one."""
        row, column = y // self.height, (x - self.left) // self.width
        index = row * self.across + column
        return index if 0 <= column < self.across and index < count else None

    def visible(self, top: int, height: int, count: int) -> range:
        """The cells of which a part lies in so many lines from one on, and half a page beyond."""
        first, rows = top // self.height, height // self.height + 2
        return range(first * self.across, min(count, (first + rows + rows // 2) * self.across))

    def move(self, index: int, to: str, *, count: int, height: int) -> int:
        """The cell to which a key goes from another; past an edge it stays.

        Args:
            index: Where it is.
            to: `left`, `right`, `up`, `down`, `page_up`, `page_down`, `first` or `last`.
            count: Of cells.
            height: Lines of a page.
        """
        across, last = self.across, count - 1
        if to in ("first", "last"):
            return 0 if to == "first" else max(0, last)
        page = max(1, height // self.height) * across
        steps = {"left": -1, "right": 1, "up": -across, "down": across, "page_up": -page, "page_down": page}
        target = index + steps[to]
        if to == "down" and target > last and index // across < last // across:
            target = last
        if to.startswith("page"):
            target = min(max(target, index % across if last >= across else 0), last)
        return target if 0 <= target <= last else index


def _scale(across: int, count: int, width: int, height: int) -> float:
    """How large a photograph of 4 by 3 is where so many are side by side; a line is as high as two columns are wide."""
    return min((width // across - EDGES) / 4, 2 * (height // -(-count // across) - EDGES - CAPTION) / 3)
