"""Draws hits in the terminal: by the Kitty or Sixel protocol where the terminal knows one, else in half blocks."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from captioning.errors import UnreadableImageError
from captioning.images import load_thumbnail
from search.cli.console import complain, say, shown_path
from search.engine.hits import Hit

if TYPE_CHECKING:
    from search.output.terminal_pictures import Drawn

CELLS = 24
"""Width of a picture in columns of the terminal."""

SIDE = 480
"""Pixels of a picture's longer side."""


def show_thumbnails(hits: Sequence[Hit]) -> None:
    """Draws the pictures side by side, each above its rank; without a terminal there is nothing to draw on."""
    if not sys.stdout.isatty():
        say("Pictures are only drawn in a terminal.")
        return
    from rich.columns import Columns
    from rich.console import Console, Group
    from rich.text import Text
    from textual_image.renderable import HalfcellImage, UnicodeImage

    from index_data.locations import config_file
    from index_data.settings import read_settings

    drawn = drawn_by(read_settings(config_file()).pictures)
    if drawn is None:
        say("No pictures are drawn: that is the setting `pictures`.")
        return
    cells = []
    for hit in hits:
        label = Text(f"{hit.rank + 1}  {shorten(hit.caption, 2 * CELLS - 5, placeholder=' …')}", overflow="fold")
        try:
            picture = load_thumbnail(Path(os.fsdecode(hit.paths[0])), side=SIDE)
        except UnreadableImageError as error:
            complain(f"not drawn: {shown_path(hit.paths[0])}: {error.reason}")
            continue
        cells.append(Group(drawn(picture, width=CELLS, height="auto"), label))
    console = Console()
    # Protocols place each picture where the cursor stands, which columns would move: one below the other is safe.
    if drawn in (HalfcellImage, UnicodeImage):
        console.print(Columns(cells, width=CELLS, padding=(0, 2)))
    else:
        for cell in cells:
            console.print(cell)


def drawn_by(setting: str) -> Drawn | None:
    """What draws pictures by the setting of that name; nothing where it says none."""
    from textual_image.renderable import HalfcellImage, SixelImage, TGPImage

    if setting == "auto":
        # Asks the terminal what it can do.
        from search.output.terminal_pictures import Detected

        return Detected
    return {"kitty": TGPImage, "sixel": SixelImage, "blocks": HalfcellImage}.get(setting)
