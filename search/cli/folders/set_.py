"""`imgsearch folders set`: gives a folder other settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say, shown_path
from search.cli.options import ExcludeOption, HiddenOption, LibraryOption, MaxPixelsOption
from search.output.folder_words import folder_words


def set_settings(
    folder: Annotated[Path, typer.Argument(help="One of the library's folders.", readable=False)],
    *,
    exclude: ExcludeOption = None,
    exclude_nothing: Annotated[
        bool, typer.Option("--exclude-nothing", help="Leave nothing out any more by a pattern.")
    ] = False,
    hidden: HiddenOption = None,
    max_pixels: MaxPixelsOption = None,
    library: LibraryOption = None,
) -> None:
    """Sets what is left out in a folder.

    It takes the place of what was set before; the next `imgsearch index` goes by it.

    Example: imgsearch folders set ~/Pictures -x '*.png' -x drafts/
    """
    from index_data.addresses import library_address
    from index_data.folders import set_folder
    from index_data.library import Library

    if exclude and exclude_nothing:
        raise typer.BadParameter("give either patterns or --exclude-nothing")
    patterns = () if exclude_nothing else tuple(exclude) if exclude else None
    with Library.open(library_address(library)) as opened:
        chosen = set_folder(opened, folder, exclude=patterns, hidden=hidden, max_pixels=max_pixels)
    settings = folder_words(chosen) or "everything is taken"
    say(f"{shown_path(chosen.path)}: {settings}. Bring it up to date with: imgsearch index")
