"""What the commands of albums share: how a name is given, and how a change is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.options import ReportFormat
from search.cli.photographs import tell
from search.cli.render import print_json

if TYPE_CHECKING:
    from index_data.catalogue.annotation_records import ActionRecord
    from index_data.library import Library

NameArgument = Annotated[str, typer.Argument(help="Of the album; quote a name with blanks.")]


def tell_change(
    library: Library, action: ActionRecord | None, done: str, *, name: str, output: ReportFormat, dry_run: bool
) -> None:
    """Says what was done to the photographs of an album, or shows what would be."""
    if output is ReportFormat.JSON:
        print_json({"album": name, "photographs": len(action.images) if action else 0, "dry_run": dry_run})
        if dry_run:
            return
    tell(library, action, done, dry_run=dry_run)
