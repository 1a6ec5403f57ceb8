"""`imgsearch folders remove`: has the library give a folder up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.options import LibraryOption
from search.output.printable import photographs


def remove(
    folder: Annotated[
        Path, typer.Argument(help="One of the library's folders; it need not be there any more.", readable=False)
    ],
    *,
    library: LibraryOption = None,
) -> None:
    """Removes a folder from the library.

    Its photographs are no longer shown; the files stay as they are. What was said of the photographs is kept until
    `imgsearch prune`, and is back if the folder is added again.

    Example: imgsearch folders remove ~/Pictures/scans
    """
    from index_data.addresses import library_address
    from index_data.folders import give_up_folder
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        count = give_up_folder(opened, folder)
    say(f"Removed {folder}: {photographs(count)} no longer shown; forget them with: imgsearch prune")
