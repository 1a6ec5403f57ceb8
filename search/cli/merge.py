"""`imgsearch merge`: takes in what another library knows."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json
from search.output.printable import counted, photographs


def merge(
    other: Annotated[str, typer.Argument(help="Folder or address of the other library; it stays as it is.")],
    *,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Takes in what another library knows.

    Photographs are known by their content; captions, tags and vectors come along.

    Example: imgsearch merge /mnt/laptop/imgsearch/library
    """
    from index_data.addresses import library_address
    from index_data.maintenance.merge import merge as take_in
    from index_data.new_library import open_or_make

    with open_or_make(library_address(library)) as opened:
        merged = take_in(opened, library_address(other))
    if output is ReportFormat.JSON:
        print_json(dataclasses.asdict(merged))
    parts = (
        photographs(merged.images),
        *([counted(merged.videos, "video"), counted(merged.moments, "moment")] if merged.moments else []),
        counted(merged.places, "path"),
        counted(merged.captions, "caption"),
        counted(merged.tags, "tag"),
        counted(merged.marks, "mark"),
    )
    say(f"Took in {', '.join(parts)} and {counted(merged.albums, 'album')}.")
