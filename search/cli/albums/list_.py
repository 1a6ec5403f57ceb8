"""`imgsearch albums list`: the albums with how many photographs each holds, and the saved searches."""

from __future__ import annotations

import typer

from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json, print_table


def list_albums(*, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Lists the albums with how many photographs each holds, and the saved searches with their queries.

    Look into one with: imgsearch query album:NAME

    Example: imgsearch albums list
    """
    from index_data import catalogue
    from index_data.addresses import library_address
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        records = opened.read(catalogue.albums)
    if output is ReportFormat.JSON:
        print_json(
            [
                {
                    "name": record.name,
                    "photographs": record.count if record.query is None else None,
                    "query": record.query,
                }
                for record in records
            ]
        )
    elif records:
        rows = [[f"{r.count:,}" if r.query is None else "", r.name, r.query or ""] for r in records]
        print_table(["photographs", "album", "saved search"], rows, figures=1)
    if not records:
        say("There are no albums yet; make one with: imgsearch albums add NAME FILES")
        raise typer.Exit(ExitCode.NOTHING_FOUND)
