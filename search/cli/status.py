"""`imgsearch status`: the library at a glance."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.evaluate import ReportFormat
from search.cli.options import LibraryOption
from search.cli.render import print_json, print_table

if TYPE_CHECKING:
    from index_data.records import LibraryStatus


def status(
    *,
    output: Annotated[ReportFormat, typer.Option("--format", "-f", help="A table to read, or JSON.")] = (
        ReportFormat.TABLE
    ),
    library: LibraryOption = None,
) -> None:
    """Shows where the library lies, what it holds, and when it was last brought up to date.

    Example: imgsearch status
    """
    from index_data.library import Library
    from index_data.locations import library_folder

    with Library.open(library_folder(library)) as opened:
        record = opened.status()
    if output is ReportFormat.JSON:
        print_json(_json(record))
    else:
        from search.standing import standing

        print_table(["library", str(record.folder)], standing(record))


def _json(record: LibraryStatus) -> dict[str, Any]:
    scan = record.last_scan
    return {
        **dataclasses.asdict(record),
        "folder": str(record.folder),
        "captions": [{"author": a, "state": s, "count": count} for (a, s), count in record.captions.items()],
        "last_scan": scan
        and {
            "started_at": f"{scan.started_at.isoformat()}Z",
            "finished_at": scan.finished_at and f"{scan.finished_at.isoformat()}Z",
            **dataclasses.asdict(scan.counts),
        },
    }
