"""`imgsearch duplicates`: photographs that are there more than once."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from search.cli.console import shown_path
from search.cli.exit_codes import ExitCode
from search.cli.options import Format, FormatOption, LibraryOption
from search.cli.render import print_json, print_paths, print_table


def duplicates(
    *,
    near: Annotated[
        bool, typer.Option("--near/--exact", help="Also pictures that look the same, or only copies of one file.")
    ] = True,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
) -> None:
    """Lists photographs that are there more than once, group by group; nothing is deleted.

    With --format paths, all but the first of each group of exact copies.

    Example: imgsearch duplicates --exact --format paths
    """
    from index_data.duplicates import exact_duplicates, near_duplicates
    from index_data.library import Library
    from index_data.locations import library_folder

    with Library.open(library_folder(library)) as opened:
        found = [("exact", group) for group in exact_duplicates(opened)]
        if near:
            found += [("near", group) for group in near_duplicates(opened)]
    if output is Format.JSON:
        print_json(
            [{"kind": kind, "paths": [os.fsdecode(path) for path in group.paths]} for kind, group in found],
        )
    elif output is Format.PATHS:
        print_paths([path for kind, group in found if kind == "exact" for path in group.paths[1:]])
    elif found:
        rows = [
            [str(number), kind, shown_path(path)]
            for number, (kind, group) in enumerate(found, start=1)
            for path in group.paths
        ]
        print_table(["group", "kind", "path"], rows)
    if not found:
        raise typer.Exit(ExitCode.NOTHING_FOUND)
