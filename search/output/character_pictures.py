"""Draws pictures with characters: dots in cells, of which each has two colours.

Axis legend: R rows and C columns of cells, D dots of a cell, M ways to part them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

Floats = NDArray[np.float32]


class Dots(StrEnum):
    """Characters that part a cell into dots, the coarsest first."""

    BLOCKS = "blocks"
    QUADRANTS = "quadrants"
    SEXTANTS = "sextants"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of dots in a cell."""
        return {Dots.BLOCKS: (2, 1), Dots.QUADRANTS: (2, 2), Dots.SEXTANTS: (3, 2)}[self]

    def character(self, bits: int) -> str:
        """The character whose dots have the foreground's colour where a bit is set, row by row from the lowest bit."""
        if self is Dots.BLOCKS:
            return " ▀▄█"[bits]
        if self is Dots.QUADRANTS:
            return " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"[bits]
        # Unicode leaves out what stood elsewhere already: nothing, both halves, and all.
        elsewhere = {0: " ", 0b010101: "▌", 0b101010: "▐", 0b111111: "█"}
        return elsewhere.get(bits) or chr(0x1FAFF + bits - (bits > 0b010101) - (bits > 0b101010))


@dataclass(frozen=True, slots=True)
class Cells:
    """A picture in cells.

    Attributes:
        bits: Shape (R, C), int64: which dots have the foreground's colour, as `Dots.character` takes them.
        foreground: Shape (R, C, 3), uint8, RGB.
        background: Likewise, for the other dots.
    """

    bits: NDArray[np.int64]
    foreground: NDArray[np.uint8]
    background: NDArray[np.uint8]


def part_cells(picture: Image.Image, columns: int, rows: int, dots: Dots) -> Cells:
    """Draws a picture in so many cells, each in the two colours that are nearest to its dots by squared error."""
    down, across = dots.shape
    size = (columns * across, rows * down)
    pixels = np.asarray(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS), np.float32)
    # (R, C, D, 3)
    cells = pixels.reshape(rows, down, columns, across, 3).transpose(0, 2, 1, 3, 4).reshape(rows, columns, -1, 3)
    ways = _ways(down * across)
    counts = ways.sum(axis=1, keepdims=True)
    # (R, C, M, 3)
    inside = np.einsum("md,rcdk->rcmk", ways, cells, optimize=True)
    outside = cells.sum(axis=2, keepdims=True) - inside
    # A group's error is the sum of its squares, the same for every way, less the square of its sum over its count.
    explained = (inside**2).sum(axis=-1) / counts[:, 0] + (outside**2).sum(axis=-1) / (down * across - counts[:, 0])
    best = explained.argmax(axis=-1)[..., None, None]
    foreground = np.take_along_axis(inside / counts, best, axis=2)[:, :, 0]
    background = np.take_along_axis(outside / (down * across - counts), best, axis=2)[:, :, 0]
    bits = (ways.astype(np.int64) << np.arange(down * across)).sum(axis=1)
    return Cells(bits[best[..., 0, 0]], _colours(foreground), _colours(background))


def rebuilt(cells: Cells, dots: Dots, cell: tuple[int, int]) -> NDArray[np.uint8]:
    """What a terminal shows of a picture in cells.

    Args:
        cells: Of the picture.
        dots: As it was drawn.
        cell: Columns and rows of pixels in a cell, multiples of the dots in it.

    Returns:
        Shape (R x rows, C x columns, 3), uint8, RGB.
    """
    down, across = dots.shape
    rows, columns = cells.bits.shape
    is_set = (cells.bits[..., None] >> np.arange(down * across) & 1).astype(bool)
    shown = np.where(is_set[..., None], cells.foreground[:, :, None], cells.background[:, :, None])
    shown = shown.reshape(rows, columns, down, across, 3).transpose(0, 2, 1, 3, 4)
    shown = shown.reshape(rows * down, columns * across, 3)
    return shown.repeat(cell[1] // down, axis=0).repeat(cell[0] // across, axis=1)


def draw_lines(picture: Image.Image, columns: int, rows: int, dots: Dots) -> Iterator[list[Segment]]:
    """Draws a picture in so many cells, line by line."""
    cells = part_cells(picture, columns, rows, dots)
    for bits, foreground, background in zip(cells.bits, cells.foreground, cells.background, strict=True):
        yield [
            Segment(dots.character(pattern), _style(*front, *back))
            for pattern, front, back in zip(bits.tolist(), foreground.tolist(), background.tolist(), strict=True)
        ]


class CharacterPicture:
    """A picture that rich prints, as wide as is said and as high as it then is; a cell is twice as high as wide."""

    def __init__(self, picture: Image.Image, width: int, dots: Dots) -> None:
        self._picture, self._width, self._dots = picture, width, dots

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draws it no wider than there is room."""
        width = min(self._width, options.max_width)
        rows = max(1, round(width * self._picture.height / self._picture.width / 2))
        for line in draw_lines(self._picture, width, rows, self._dots):
            yield from line
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Always as wide as was said, if there is room."""
        width = min(self._width, options.max_width)
        return Measurement(width, width)


@cache
def _ways(count: int) -> Floats:
    """The ways to part so many dots in two groups, neither empty.

    Returns:
        Shape (M, D), float32: 1 for the dots of the foreground, among which the first always is.
    """
    bits = np.arange(1, 2**count - 1, 2)
    return (bits[:, None] >> np.arange(count) & 1).astype(np.float32)


def _style(*colours: int) -> Style:
    return Style(color=Color.from_rgb(*colours[:3]), bgcolor=Color.from_rgb(*colours[3:]))


def _colours(values: Floats) -> NDArray[np.uint8]:
    """Rounds (..., 3), float32, from 0 to 255 to uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
