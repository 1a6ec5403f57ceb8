"""`imgsearch review edit`: writes a caption."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.options import LibraryOption
from search.cli.photographs import FileArgument, named_image, opened_library, tell


def edit(
    file: FileArgument,
    caption: Annotated[str, typer.Argument(help="What it shows, in your own words.")],
    *,
    library: LibraryOption = None,
) -> None:
    """Gives a photograph your caption.

    No model ever overwrites it.

    Example: imgsearch review edit beach.jpg "our dog Ben on the beach at Sylt"
    """
    with opened_library(library) as (opened, notes):
        image = named_image(opened, notes, file)
        tell(opened, notes.edit(image, caption), "Wrote the caption of")
