"""A widget that shows a picture by iTerm2's protocol, as that of textual-image does by Sixel."""

from __future__ import annotations

from typing import Any

from PIL import Image
from textual.app import ComposeResult
from textual_image.widget.sixel import Image as SixelImage
from textual_image.widget.sixel import _ImageSixelImpl

from search.output.terminal_pictures import inline_image
from search.tui.graphics.drawing import CELL


class InlineImage(SixelImage, Renderable=SixelImage._Renderable):
    """Shows a picture; only where it stands and what is sent differs from Sixel."""

    def compose(self) -> ComposeResult:
        """Holds what sends the picture."""
        yield _InlineImage(self.image)


class _InlineImage(_ImageSixelImpl, can_focus=False, inherit_css=False):
    def _image_to_sixels(self, image: Image.Image, sixel_options: Any = None, background: Any = None) -> str:
        return inline_image(image, -(-image.width // CELL.width), -(-image.height // CELL.height))
