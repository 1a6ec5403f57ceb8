"""`imgsearch albums remove`: takes photographs out of an album."""

from __future__ import annotations

from search.cli.albums.names import NameArgument, tell_change
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library


def remove(
    name: NameArgument,
    files: FilesArgument = None,
    *,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Takes photographs out of an album; the files stay as they are.

    Example: imgsearch albums remove Holiday dog.jpg
    """
    from index_data.albums import remove_from_album

    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        action = remove_from_album(opened, name, images, dry_run=dry_run)
        tell_change(opened, action, f'Took out of the album "{name}":', name=name, output=output, dry_run=dry_run)
