"""`imgsearch folders list`: the folders of the library, their settings, and how many photographs lie in each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import typer

from search.cli.console import say, shown_path
from search.cli.exit_codes import ExitCode
from search.cli.options import Format, FormatOption, LibraryOption
from search.cli.render import print_json, print_paths, print_table
from search.output.folder_words import folder_words
from search.output.printable import photographs

if TYPE_CHECKING:
    from index_data.catalogue.library_records import FolderRecord


def list_folders(*, output: FormatOption = Format.TABLE, library: LibraryOption = None) -> None:
    """Lists the folders, their settings and how many photographs each holds.

    Example: imgsearch folders list
    """
    from index_data.addresses import library_address
    from index_data.folders import folder_counts
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        counts = folder_counts(opened)
    if output is Format.JSON:
        print_json([_record(folder, count) for folder, count in counts.folders])
    elif output is Format.PATHS:
        print_paths([folder.path for folder, _ in counts.folders])
    elif counts.folders:
        rows = [[f"{count:,}", shown_path(folder.path), folder_words(folder)] for folder, count in counts.folders]
        print_table(["photographs", "folder", "settings"], rows, figures=1)
    if counts.elsewhere:
        say(
            f"{photographs(counts.elsewhere)} {'lies' if counts.elsewhere == 1 else 'lie'} in none of these; "
            "keep such a folder up to date with: "
            "imgsearch index FOLDER"
        )
    if not counts.folders:
        say("The library knows no folders yet; add one with: imgsearch index FOLDER")
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _record(folder: FolderRecord, count: int) -> dict[str, Any]:
    return {
        "path": os.fsdecode(folder.path),
        "photographs": count,
        "exclude": list(folder.exclude),
        "hidden": folder.hidden,
        "max_pixels": folder.max_pixels,
    }
