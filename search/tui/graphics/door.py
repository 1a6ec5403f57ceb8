"""The browser's door to the terminal: what widgets show passes it, what the app itself sends does not."""

from __future__ import annotations

from rich.console import RenderableType
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from search.output.printable import without_steering


def cleaned(update: RenderableType | None) -> RenderableType | None:
    """What is to be drawn, without what would steer the terminal in the text of its cells."""
    if isinstance(update, LayoutUpdate):
        return LayoutUpdate([[clean_strip(strip) for strip in line] for line in update.strips], update.region)
    if isinstance(update, ChopsUpdate):
        chops = [{x: strip and clean_strip(strip) for x, strip in line.items()} for line in update.chops]
        return ChopsUpdate(chops, update.spans, update.chop_ends)
    return update


def clean_strip(strip: Strip) -> Strip:
    """A line of cells without what would steer the terminal; itself where nothing would."""
    if all(text.isprintable() for text, _, control in strip if not control):
        return strip
    return Strip(Segment(text if control else without_steering(text), style, control) for text, style, control in strip)
