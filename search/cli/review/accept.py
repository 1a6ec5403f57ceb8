"""`imgsearch review accept`: says that captions are right."""

from __future__ import annotations

from search.cli.options import LibraryOption
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library, tell


def accept(
    files: FilesArgument = None,
    *,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Accepts the captions of photographs as they are.

    Example: imgsearch review accept beach.jpg dog.jpg
    """
    with opened_library(library) as (opened, notes):
        action = notes.accept(named_images(notes, files, listed), dry_run=dry_run)
        tell(opened, action, "Accepted the captions of", dry_run=dry_run)
