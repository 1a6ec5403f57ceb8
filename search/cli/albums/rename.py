"""`imgsearch albums rename`: gives an album or a saved search another name."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.albums.names import NameArgument
from search.cli.console import say
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json


def rename(
    name: NameArgument,
    new: Annotated[str, typer.Argument(help="The new name.")],
    *,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Gives an album or a saved search another name, also in the saved searches that ask for it.

    Example: imgsearch albums rename Holiday "Holiday 2024"
    """
    from index_data.addresses import library_address
    from index_data.library import Library
    from search.engine.saved_searches import rename as give_name

    with Library.open(library_address(library)) as opened:
        former, line = give_name(opened, name, new)
    if output is ReportFormat.JSON:
        print_json({"album": line, "was": former})
    say(f'"{former}" is called "{line}" now.')
