"""`imgsearch learn`: the library learns from what people said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.photographs import opened_library
from search.cli.render import print_json, print_table
from search.output.printable import counted

if TYPE_CHECKING:
    from index_data.annotation.learnt_tags import TagOutcome


def learn(
    tags: Annotated[list[str] | None, typer.Argument(help="Learn these tags, and nothing else.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would be learnt.")] = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Learns from what you said.

    A tag that three photographs have is learnt from them, and proposed where it is likely. A proposal is never your
    word: look through them with imgsearch review list --tags, and accept or reject them. What you reject never comes
    back. tag:Ben finds what has the tag, tag:Ben? also what is only proposed. Nothing leaves this machine.

    Example: imgsearch learn

    Example: imgsearch learn Ben --dry-run
    """
    from index_data.annotation.learnt_tags import learn_tags

    with opened_library(library) as (opened, _):
        outcomes = learn_tags(opened, tags or (), dry_run=dry_run)
    if output is ReportFormat.JSON:
        print_json({"tags": [_tag_record(outcome) for outcome in outcomes]})
    elif outcomes:
        print_table(["photographs", "proposed", "tag", ""], [_tag_row(outcome) for outcome in outcomes], figures=2)
    _tell_tags(outcomes, dry_run=dry_run)


def _tell_tags(outcomes: list[TagOutcome], *, dry_run: bool) -> None:
    """Says what came of it.

    Raises:
        typer.Exit: There is no tag to learn from.
    """
    if not outcomes:
        say("No photograph has a tag yet; give three of them one with: imgsearch review tag FILE --add TAG")
        raise typer.Exit(ExitCode.NOTHING_FOUND)
    proposed = sum(outcome.proposed for outcome in outcomes)
    if dry_run:
        say(f"Would propose {counted(proposed, 'tag')}; nothing is stored.")
    elif proposed:
        say(f"{counted(proposed, 'proposed tag')} may be accepted or rejected: imgsearch review list --tags")


def _tag_row(outcome: TagOutcome) -> list[str]:
    note = outcome.obstacle or ("" if outcome.fresh else "nothing new")
    return [f"{outcome.examples:,}", f"{outcome.proposed:,}", outcome.name, note]


def _tag_record(outcome: TagOutcome) -> dict[str, Any]:
    return {
        "tag": outcome.name,
        "examples": outcome.examples,
        "refused": outcome.refused,
        "quality": None if outcome.quality is None else round(outcome.quality, 4),
        "proposed": outcome.proposed,
        "learnt_now": outcome.fresh,
        "obstacle": outcome.obstacle or None,
    }
