"""`imgsearch albums create`: makes an empty album."""

from __future__ import annotations

from search.cli.albums.names import NameArgument
from search.cli.console import say
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json


def create(name: NameArgument, *, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Makes an empty album.

    Example: imgsearch albums create Holiday
    """
    from index_data.addresses import library_address
    from index_data.albums import make_album
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        line = make_album(opened, name)
    if output is ReportFormat.JSON:
        print_json({"album": line, "photographs": 0})
    say(f'Made the album "{line}"; put photographs into it with: imgsearch albums add')
