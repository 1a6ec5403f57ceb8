"""Draws hits in the terminal: by a protocol for pictures where the terminal knows one, else by characters."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from captioning.errors import UnreadableFileError
from search.cli.console import complain, say, shown_place
from search.engine.hits import Hit
from search.output.film_words import span
from search.output.printable import TerminalDoor, harmless
from search.output.small_picture import small_picture

if TYPE_CHECKING:
    from PIL import Image
    from rich.console import RenderableType

    from search.output.terminal_pictures import DrawingMethod

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

    from index_data.locations import config_file
    from index_data.settings import read_settings
    from search.output.terminal_pictures import CHARACTERS, Detected, DrawingMethod

    method = DrawingMethod(read_settings(config_file()).pictures)
    method = Detected if method is DrawingMethod.AUTO else method
    if method is DrawingMethod.NONE:
        say("No pictures are drawn: that is the setting `pictures`.")
        return
    cells = []
    for hit in hits:
        caption = harmless(shorten(hit.caption, 2 * CELLS - 5, placeholder=" …"))
        try:
            time = None if hit.moment is None else hit.moment.time
            picture = small_picture(Path(os.fsdecode(hit.paths[0])), side=SIDE, time=time)
        except UnreadableFileError as error:
            complain(f"not drawn: {shown_place(hit.paths[0], hit.moment)}: {error.reason}")
            continue
        times = "" if hit.moment is None else f"{span(hit.moment)}  "
        cells.append(Group(_drawn(picture, method), Text(f"{hit.rank + 1}  {times}{caption}", overflow="fold")))
    sys.stdout.flush()
    # Past the door that keeps everything from a terminal that steers it: the pictures' data must.
    console = Console(file=sys.__stdout__ if isinstance(sys.stdout, TerminalDoor) else None)
    # Protocols place each picture where the cursor stands, which columns would move: one below the other is safe.
    if method in CHARACTERS:
        console.print(Columns(cells, width=CELLS, padding=(0, 2)))
    else:
        for cell in cells:
            console.print(cell)


def _drawn(picture: Image.Image, method: DrawingMethod) -> RenderableType:
    from textual_image.renderable import SixelImage, TGPImage

    from search.output.character_pictures import CharacterPicture
    from search.output.terminal_pictures import CHARACTERS, DrawingMethod, InlinePicture

    if method in CHARACTERS:
        return CharacterPicture(picture, CELLS, CHARACTERS[method])
    if method is DrawingMethod.ITERM2:
        return InlinePicture(picture, CELLS)
    kind = TGPImage if method is DrawingMethod.KITTY else SixelImage
    return kind(picture, width=CELLS, height="auto")
