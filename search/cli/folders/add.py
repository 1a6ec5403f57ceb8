"""`imgsearch folders add`: has the library keep a folder up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say, shown_path
from search.cli.options import LibraryOption


def add(
    folder: Annotated[Path, typer.Argument(help="A folder of photographs; its subfolders come along.", readable=False)],
    *,
    library: LibraryOption = None,
) -> None:
    """Adds a folder, which the next `imgsearch index` describes.

    Example: imgsearch folders add ~/Pictures
    """
    from index_data.addresses import library_address
    from index_data.folders import choose_folder
    from index_data.new_library import open_or_make

    with open_or_make(library_address(library)) as opened:
        chosen = choose_folder(opened, folder)
    say(f"Added {shown_path(chosen.path)}; describe its photographs with: imgsearch index")
