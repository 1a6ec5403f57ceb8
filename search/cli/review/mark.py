"""`imgsearch review mark`: rates photographs, picks and rejects them, and gives them colours."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from search.cli.options import LibraryOption
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library, tell


class Label(StrEnum):
    """A colour."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    NONE = "none"


class Pick(StrEnum):
    """What is kept of many that look alike."""

    PICKED = "picked"
    REJECTED = "rejected"
    NONE = "none"


def mark(
    files: FilesArgument = None,
    *,
    rating: Annotated[int | None, typer.Option("--rating", min=0, max=5, help="Stars; 0 takes them off.")] = None,
    label: Annotated[Label | None, typer.Option("--label", help="A colour.")] = None,
    pick: Annotated[Pick | None, typer.Option("--pick", help="Pick or reject.")] = None,
    favourite: Annotated[
        bool | None, typer.Option("--favourite/--no-favourite", help="Make it a favourite, or no longer.")
    ] = None,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Rates photographs, gives them a colour, picks or rejects them, and makes them favourites.

    Find them again with rating:>3, label:red, picked:yes and favourite:yes.

    Example: imgsearch review mark beach.jpg dog.jpg --rating 4 --label red
    """
    from index_data.catalogue.conditions import NO_MARK, Mark

    marks: dict[Mark, str] = {}
    if rating is not None:
        marks[Mark.RATING] = str(rating) if rating else NO_MARK
    if label is not None:
        marks[Mark.LABEL] = label.value
    if pick is not None:
        marks[Mark.PICK] = pick.value
    if favourite is not None:
        marks[Mark.FAVOURITE] = "yes" if favourite else NO_MARK
    if not marks:
        raise typer.BadParameter("say how to mark them, with --rating, --label, --pick or --favourite")
    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        action = notes.mark(images, marks, dry_run=dry_run)
        tell(opened, action, "Marked", dry_run=dry_run)
