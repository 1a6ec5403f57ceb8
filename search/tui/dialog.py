"""The base of all windows that open over another screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.reactive import Reactive
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget

STYLES = 20_000
"""Tinted styles that are kept: the thumbnails of a large terminal have several thousand."""


class Dialog(ModalScreen[ScreenResultType]):
    """Answers what a person decided, while the screen below is seen through a tint."""

    # Textual would draw everything that lies below anew whenever the focus moves, a tenth of a second for a grid.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def render(self) -> RenderableType:
        """What lies below."""
        below = super().render()
        return TintedScreen(below.screen, below.color) if isinstance(below, BackgroundScreen) else below


class TintedScreen(BackgroundScreen):
    """A screen in darker colours, of which each is mixed once; Textual does so for every cell, and anew each time."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterator[Segment]:
        """Segments in tinted styles, without what a click could start."""
        for segment in segments:
            yield segment if segment.control else Segment(segment.text, _tinted(segment.style, color))


@lru_cache(maxsize=STYLES)
def _tinted(style: Style | None, color: Color) -> Style | None:
    (segment,) = BackgroundScreen.process_segments([Segment("", style)], color)
    return segment.style
