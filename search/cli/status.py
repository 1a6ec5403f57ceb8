"""`imgsearch status`: the library at a glance."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from search.cli.options import DetailsOption, FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json, print_table

if TYPE_CHECKING:
    from index_data.catalogue.records import LibraryStatus
    from search.output.device_report import DeviceUse


def status(
    *,
    details: DetailsOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Shows the library at a glance.

    Example: imgsearch status
    """
    from captioning.runtime.devices import choose_device
    from index_data.library import Library
    from index_data.locations import library_folder
    from search.output.device_report import device_report

    with Library.open(library_folder(library)) as opened:
        record = opened.status()
    parts = device_report(choose_device("auto"))
    if output is ReportFormat.JSON:
        print_json({**_json(record), "devices": [dataclasses.asdict(part) for part in parts]})
    else:
        from search.output.status_rows import status_rows

        print_table(["library", str(record.folder)], [*status_rows(record, details=details), *device_rows(parts)])


def device_rows(parts: Sequence[DeviceUse]) -> list[list[str]]:
    """What each part of the program runs on, for a table of two columns."""
    return [[f"{part.part} on", f"{part.device} ({part.reason})"] for part in parts]


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
