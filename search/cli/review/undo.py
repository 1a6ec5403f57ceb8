"""`imgsearch review undo` and `redo`: the latest action taken back, and done again."""

from __future__ import annotations

from search.cli.console import say
from search.cli.options import LibraryOption
from search.cli.photographs import opened_library
from search.output.printable import photographs


def undo(*, library: LibraryOption = None) -> None:
    """Takes the latest action back, all of it; again for the one before.

    Example: imgsearch review undo
    """
    with opened_library(library) as (_, notes):
        action = notes.undo()
    say(f"Undid {action.kind} of {photographs(len(action.images))}; do it again with: imgsearch review redo")


def redo(*, library: LibraryOption = None) -> None:
    """Does again what was undone last, until something else is done.

    Example: imgsearch review redo
    """
    with opened_library(library) as (_, notes):
        action = notes.redo()
    say(f"Redid {action.kind} of {photographs(len(action.images))}.")
