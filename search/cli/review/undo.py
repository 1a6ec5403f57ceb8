"""`imgsearch review undo` and `redo`: the latest action taken back, and done again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from search.cli.console import say
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.photographs import opened_library
from search.cli.render import print_json
from search.output.action_words import redone, undone

if TYPE_CHECKING:
    from index_data.catalogue.annotation_records import ActionRecord


def undo(*, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Takes the latest change back; again for the one before.

    Example: imgsearch review undo
    """
    with opened_library(library) as (_, notes), _none_left(output):
        action = notes.undo()
    # Files are moved again by whoever asks for it anew.
    again = "; do it again with: imgsearch review redo" if action.state == "undone" else "."
    _report(action, output, f"{undone(action)}{again}")


def redo(*, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Does again what was undone last.

    Example: imgsearch review redo
    """
    with opened_library(library) as (_, notes), _none_left(output):
        action = notes.redo()
    _report(action, output, f"{redone(action)}.")


@contextmanager
def _none_left(output: ReportFormat) -> Iterator[None]:
    """Prints null, where a program asked for JSON, if there is nothing to undo or redo."""
    from index_data.errors import NothingToUndoError

    try:
        yield
    except NothingToUndoError:
        if output is ReportFormat.JSON:
            print_json(None)
        raise


def _report(action: ActionRecord, output: ReportFormat, sentence: str) -> None:
    if output is ReportFormat.JSON:
        print_json({"action": action.kind, "state": action.state, "images": list(action.images)})
    say(sentence)
