"""`imgsearch review tag`: gives photographs tags, and takes tags off."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.options import LibraryOption
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library, tell


def tag(
    files: FilesArgument = None,
    *,
    add: Annotated[list[str] | None, typer.Option("--add", "-a", help="A tag to give; repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", "-r", help="A tag to take off; repeatable.")] = None,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Gives photographs tags, or takes tags off.

    Example: imgsearch review tag beach.jpg dog.jpg --add holiday --add Sylt
    """
    if not (add or remove):
        raise typer.BadParameter("name a tag with --add or --remove")
    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        action = notes.tag(images, add=add or (), remove=remove or (), dry_run=dry_run)
        tell(opened, action, "Changed the tags of", dry_run=dry_run)
