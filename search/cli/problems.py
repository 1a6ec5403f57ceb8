"""`imgsearch problems`: the files that were skipped, and why."""

from __future__ import annotations

import os

import typer

from search.cli.console import say, shown_path
from search.cli.exit_codes import ExitCode
from search.cli.options import Format, FormatOption, LibraryOption
from search.cli.render import print_json, print_paths, print_table
from search.output.local_time import local_time


def problems(
    *,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
) -> None:
    """Lists the files that were skipped, and why.

    Each is tried again when it changes; all of them by: imgsearch index --retry

    Example: imgsearch problems
    """
    from index_data import catalogue
    from index_data.addresses import library_address
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        unreadable = opened.read(catalogue.problems)
    if output is Format.JSON:
        print_json(
            [
                {
                    "path": os.fsdecode(problem.path),
                    "bytes": problem.byte_size,
                    "reason": problem.reason,
                    "noted_at": f"{problem.noted_at.isoformat()}Z",
                }
                for problem in unreadable
            ]
        )
    elif output is Format.PATHS:
        print_paths([problem.path for problem in unreadable])
    elif unreadable:
        rows = [
            [local_time(problem.noted_at), _size(problem.byte_size), shown_path(problem.path), problem.reason]
            for problem in unreadable
        ]
        print_table(["seen", "size", "path", "reason"], rows)
    if not unreadable:
        say("Every file could be read.")
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _size(byte_size: int | None) -> str:
    from rich.filesize import decimal

    return "" if byte_size is None else decimal(byte_size)
