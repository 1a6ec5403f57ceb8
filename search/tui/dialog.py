"""The base of all windows that open over another screen."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.css.styles import RulesMap
from textual.reactive import Reactive
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.visual import RenderOptions, Visual
from textual.widget import Widget

STYLES = 20_000
"""Tinted styles that are kept: the thumbnails of a large terminal have several thousand."""


class Dialog(ModalScreen[ScreenResultType]):
    """Answers what a person decided, while the screen below is seen through a tint."""

    # Textual would draw everything that lies below anew whenever the focus moves, a tenth of a second for a grid.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def render(self) -> Any:
        """What lies below."""
        below = super().render()
        return TintedScreen(below.screen, below.color) if isinstance(below, BackgroundScreen) else below


class TintedScreen(Visual):
    """A screen in darker colours, of which each is mixed once, and whose lines are taken as they are.

    Textual's own mixes for every cell and each time, and takes the lines apart and puts them together again.
    """

    def __init__(self, screen: Screen[Any], color: Color) -> None:
        """Takes what lies below, and the colour of the tint, which is translucent."""
        self._screen, self._color = screen, color

    def render_strips(self, width: int, height: int | None, style: VisualStyle, options: RenderOptions) -> list[Strip]:
        """The lines of the screen in tinted styles, without what a click could start."""
        base, color = style.rich_style, self._color
        return [
            Strip(
                [
                    segment if segment.control else Segment(segment.text, _tinted(segment.style, base, color))
                    for segment in strip
                ],
                strip.cell_length,
            )
            for strip in self._screen._compositor.render_strips()[:height]
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """It is as wide as the terminal."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """It is as high as the terminal."""
        return self._screen.size.height


@lru_cache(maxsize=STYLES)
def _tinted(style: Style | None, base: Style, color: Color) -> Style:
    (segment,) = BackgroundScreen.process_segments([Segment("", style)], color)
    return base + segment.style if segment.style else base
