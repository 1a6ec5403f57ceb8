"""`imgsearch albums delete`: deletes an album or a saved search."""

from __future__ import annotations

import shlex

from search.cli.albums.names import NameArgument
from search.cli.console import say
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json
from search.output.printable import photographs


def delete(name: NameArgument, *, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Deletes an album or a saved search; its photographs stay.

    Example: imgsearch albums delete Holiday
    """
    from index_data.addresses import library_address
    from index_data.albums import delete_album
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        album, action = delete_album(opened, name)
    held = len(action.images) if action else 0
    if output is ReportFormat.JSON:
        print_json({"album": album.name, "photographs": held, "query": album.query})
    if album.query is not None:
        back = f"imgsearch albums save {shlex.quote(album.name)} {shlex.quote(album.query)}"
        say(f'Deleted the saved search "{album.name}"; save it again with: {back}')
    elif action is None:
        say(f'Deleted the album "{album.name}", which was empty.')
    else:
        back = "take it back with: imgsearch review undo"
        say(f'Deleted the album "{album.name}" of {photographs(held)}, which all stay; {back}')
