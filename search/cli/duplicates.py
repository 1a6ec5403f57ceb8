"""`imgsearch duplicates`: photographs that are there more than once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import progress_bar, say, shown_path
from search.cli.exit_codes import ExitCode
from search.cli.file_acts import YesOption, carry_out, confirmed
from search.cli.options import LibraryOption
from search.cli.render import print_json, print_paths, print_table
from search.cli.set_aside import report_set_aside

if TYPE_CHECKING:
    from index_data.duplicates import DuplicateGroup
    from index_data.exchange.notes import Aside
    from index_data.library import Library


class DuplicatesFormat(StrEnum):
    """How groups are printed."""

    TABLE = "table"
    JSON = "json"
    PATHS = "paths"
    PATHS0 = "paths0"


def duplicates(
    *,
    near: Annotated[
        bool, typer.Option("--near/--exact", help="Also pictures that look the same, or only copies of one file.")
    ] = True,
    output: Annotated[
        DuplicatesFormat,
        typer.Option("--format", "-f", help="table, json, paths (one a line) or paths0 (each ended by a zero byte)."),
    ] = DuplicatesFormat.TABLE,
    trash: Annotated[
        bool, typer.Option("--trash", help="Move what --format paths names to the desktop's trash, once you said yes.")
    ] = False,
    yes: YesOption = False,
    library: LibraryOption = None,
) -> None:
    """Lists photographs that are there more than once.

    With --format paths, all but the first of each group of exact copies, after a look at the disk: links, the same file
    by another path, and groups whose first file is gone or changed are left out. Nothing is deleted.

    Example: imgsearch duplicates --exact --format paths
    """
    from index_data.addresses import library_address
    from index_data.duplicates import exact_duplicates, near_duplicates
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        exact = exact_duplicates(opened)
        if trash:
            _trash_copies(opened, exact, yes=yes)
            return
        if output in (DuplicatesFormat.PATHS, DuplicatesFormat.PATHS0):
            _print_copies(opened, exact, end=b"\n" if output is DuplicatesFormat.PATHS else b"\0")
            return
        groups = [("exact", group) for group in exact]
        if near:
            groups += [("near", group) for group in near_duplicates(opened)]
    if output is DuplicatesFormat.JSON:
        print_json(
            [{"kind": kind, "paths": [os.fsdecode(path) for path in group.paths]} for kind, group in groups],
        )
    elif groups:
        rows = [
            [str(number), kind, shown_path(path)]
            for number, (kind, group) in enumerate(groups, start=1)
            for path in group.paths
        ]
        print_table(["group", "kind", "path"], rows)
    if not groups:
        say("No photograph is there more than once.")
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _trash_copies(library: Library, groups: Sequence[DuplicateGroup], *, yes: bool) -> None:
    """Moves the copies that can be removed to the trash, once a person said yes, and says which cannot."""
    from index_data.relocation import trash_rest
    from search.output.file_words import FileAct

    removable, stale = _checked(library, groups)
    going = set(removable)
    if going and not confirmed(f"Move {len(going):,} {'copy' if len(going) == 1 else 'copies'} to the trash?", yes=yes):
        return
    outcomes = (outcome for outcome in trash_rest(library, groups) if outcome.path in going)
    if going and not carry_out(FileAct.TRASH, outcomes, total=len(going)):
        raise typer.Exit(ExitCode.SET_ASIDE)
    _end(removable, stale)


def _print_copies(library: Library, groups: Sequence[DuplicateGroup], *, end: bytes) -> None:
    """Prints the copies that can be removed, and says which cannot."""
    from index_data.exchange.notes import Aside

    removable, stale = _checked(library, groups)
    reason = "its name holds an end of line; use --format paths0, with xargs -0"
    stale += [Aside(path, reason) for path in removable if end in path]
    removable = [path for path in removable if end not in path]
    print_paths(removable, end=end)
    _end(removable, stale)


def _checked(library: Library, groups: Sequence[DuplicateGroup]) -> tuple[list[bytes], list[Aside]]:
    """The copies that can be removed, and those that are not what the library knows; says how many are links."""
    from index_data.exchange.notes import Aside
    from index_data.removable import check_copies

    removable: list[bytes] = []
    stale: list[Aside] = []
    linked = 0
    with progress_bar("files") as progress:
        task = progress.add_task("reading", total=sum(len(group.paths) - 1 for group in groups))
        for copy in check_copies(library, groups):
            progress.advance(task)
            if copy.stale:
                stale.append(Aside(copy.path, copy.obstacle))
            elif copy.obstacle:
                linked += 1
            else:
                removable.append(copy.path)
    if linked:
        copies = "1 copy is" if linked == 1 else f"{linked:,} copies are"
        say(f"{copies} left out: links, the same file by another path, or what a link leads to.")
    return removable, stale


def _end(removable: Sequence[bytes], stale: Sequence[Aside]) -> None:
    """Ends with the exit code for what was left out, or for nothing to remove."""
    report_set_aside(stale, "was left out")
    if not removable:
        raise typer.Exit(ExitCode.NOTHING_FOUND)
