"""`imgsearch review undo` and `redo`: the latest action taken back, and done again."""

from __future__ import annotations

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
    with opened_library(library) as (_, notes):
        action = notes.undo()
    _report(action, output, f"{undone(action)}; do it again with: imgsearch review redo")


def redo(*, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Does again what was undone last.

    Example: imgsearch review redo
    """
    with opened_library(library) as (_, notes):
        action = notes.redo()
    _report(action, output, f"{redone(action)}.")


def _report(action: ActionRecord, output: ReportFormat, sentence: str) -> None:
    if output is ReportFormat.JSON:
        print_json({"action": action.kind, "state": action.state, "images": list(action.images)})
    say(sentence)
