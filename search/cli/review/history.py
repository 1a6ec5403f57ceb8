"""`imgsearch review history`: everything that happened to the captions, tags, marks and albums of a photograph."""

from __future__ import annotations

from search.cli.options import DetailsOption, FiguresOption, LibraryOption, ReportFormat
from search.cli.photographs import FileArgument, named_image, opened_library
from search.cli.render import print_json, print_table
from search.output.action_words import happened, mark_of
from search.output.local_time import local_time


def history(
    file: FileArgument,
    *,
    details: DetailsOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Tells what happened to the captions, tags, marks and albums of a photograph.

    Example: imgsearch review history beach.jpg
    """
    with opened_library(library) as (opened, notes):
        image = named_image(opened, notes, file)
        entries = notes.history(image)
    if output is ReportFormat.JSON:
        print_json(
            [
                {
                    "at": f"{entry.at.isoformat()}Z",
                    "action": entry.kind,
                    entry.subject: entry.text,
                    "author": entry.author,
                    "was": entry.was or None,
                    "became": entry.became,
                    "undone_at": entry.undone_at and f"{entry.undone_at.isoformat()}Z",
                }
                for entry in entries
            ]
        )
        return
    if not details:
        told = [[local_time(entry.at), happened(entry), mark_of(entry)] for entry in entries]
        print_table(["when", "what", "caption, tag, mark, album or path"], told, figures=1)
        return
    rows = []
    for entry in entries:
        became = f"{entry.became} (undone)" if entry.undone_at else entry.became
        subject = entry.text if entry.subject == "caption" else f"{entry.subject}: {entry.text}"
        rows.append([local_time(entry.at, seconds=True), entry.author, entry.kind, entry.was, became, subject])
    print_table(["when", "author", "action", "was", "became", "caption, tag, mark, album or path"], rows, figures=1)
