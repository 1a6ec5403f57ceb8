"""`imgsearch albums add`: puts photographs into an album."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.albums.names import NameArgument, tell_change
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library


def add(
    name: NameArgument,
    files: FilesArgument = None,
    *,
    at: Annotated[
        int | None, typer.Option("--at", min=1, help="From this place on; moves what is in it already.")
    ] = None,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Puts photographs into an album, at its end and in the order in which they are named.

    An album that is not there is made. It follows its photographs wherever they are moved.

    Example: imgsearch albums add Holiday beach.jpg dog.jpg

    Example: imgsearch query beach -f paths0 | imgsearch albums add Holiday --from -
    """
    from index_data.albums import add_to_album

    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        action = add_to_album(opened, name, images, at=None if at is None else at - 1, dry_run=dry_run)
        tell_change(opened, action, f'Changed the album "{name}":', name=name, output=output, dry_run=dry_run)
