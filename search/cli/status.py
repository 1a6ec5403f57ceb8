"""`imgsearch status`: the library at a glance."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.options import DetailsOption, FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json, print_table

if TYPE_CHECKING:
    from index_data.catalogue.library_records import LibraryStatus, MonthCount
    from search.output.device_report import DeviceUse


def status(
    *,
    months: Annotated[bool, typer.Option("--months", help="How many photographs were taken in each month.")] = False,
    details: DetailsOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Shows the library at a glance.

    Example: imgsearch status

    Example: imgsearch status --months
    """
    from captioning.runtime.devices import choose_device
    from index_data import catalogue
    from index_data.addresses import library_address
    from index_data.learning_status import learning_status
    from index_data.library import Library
    from search.output.device_report import device_report
    from search.output.learning_words import learning_record

    if months:
        with Library.open(library_address(library)) as opened:
            _show_months(opened.read(catalogue.months), output)
        return
    with Library.open(library_address(library)) as opened:
        record, learning = opened.status(), learning_status(opened)
    parts = device_report(choose_device("auto"))
    if output is ReportFormat.JSON:
        print_json(
            {
                **_json(record),
                "learning": learning_record(learning),
                "devices": [dataclasses.asdict(part) for part in parts],
            }
        )
    else:
        from search.output.learning_words import learning_rows
        from search.output.status_rows import status_rows

        rows = [*status_rows(record, details=details), *learning_rows(learning), *device_rows(parts)]
        print_table(["library", record.folder], rows)


def _show_months(months: Sequence[MonthCount], output: ReportFormat) -> None:
    if output is ReportFormat.JSON:
        print_json(
            [{"month": count.month, "photographs": count.count, "by_file_date": count.by_file} for count in months]
        )
    elif months:
        rows = [[f"{count.count:,}", f"{count.by_file:,}", count.month] for count in months]
        print_table(["photographs", "by the file's date", "month"], rows)
    else:
        say("The library holds no photographs yet; add some with: imgsearch index FOLDER")
    if not months:
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def device_rows(parts: Sequence[DeviceUse]) -> list[list[str]]:
    """What each part of the program runs on, for a table of two columns."""
    return [[f"{part.part} on", f"{part.device} ({part.reason})"] for part in parts]


def _json(record: LibraryStatus) -> dict[str, Any]:
    scan, learnt_at = record.last_scan, record.tags.learnt_at
    return {
        **dataclasses.asdict(record),
        "folder": record.folder,
        "captions": [{"author": a, "state": s, "count": count} for (a, s), count in record.captions.items()],
        "tags": {**dataclasses.asdict(record.tags), "learnt_at": learnt_at and f"{learnt_at.isoformat()}Z"},
        "last_scan": scan
        and {
            "started_at": f"{scan.started_at.isoformat()}Z",
            "finished_at": scan.finished_at and f"{scan.finished_at.isoformat()}Z",
            **dataclasses.asdict(scan.counts),
        },
    }
