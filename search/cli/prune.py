"""`imgsearch prune`: forgets photographs whose files are gone."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.console import say
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json
from search.output.printable import photographs


def prune(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Forget also what people wrote about photographs that are gone.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say how many there are.")] = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Forgets photographs whose files are gone.

    Until then they are recognised wherever they come back.

    Example: imgsearch prune --dry-run
    """
    from index_data.addresses import library_address
    from index_data.library import Library
    from index_data.maintenance.prune import prune as forget

    with Library.open(library_address(library)) as opened:
        count = forget(opened, everything=everything, dry_run=dry_run)
    if output is ReportFormat.JSON:
        print_json({"forgotten": count, "dry_run": dry_run})
    verb = ("was" if count == 1 else "were") if not dry_run else "would be"
    say(f"{photographs(count)} {verb} forgotten.")
