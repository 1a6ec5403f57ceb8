"""`imgsearch learn`: the library learns from what people said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.learn_corrections import (
    forget_learnt,
    learn_from_corrections,
    learning_record,
    list_learnt,
    show_learning,
    tell_learning,
    use_learnt,
)
from search.cli.options import FiguresOption, LibraryOption, MeasuredModelOption, ReportFormat, model_path
from search.cli.photographs import opened_library
from search.cli.render import print_json, print_table
from search.output.printable import counted

if TYPE_CHECKING:
    from pathlib import Path

    from index_data.annotation.learnt_tags import TagOutcome
    from index_data.library import Library


def learn(
    tags: Annotated[list[str] | None, typer.Argument(help="Learn these tags, and nothing else.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would be learnt.")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Show the models that were learnt from captions, and what each gained.")
    ] = False,
    use: Annotated[
        int | None, typer.Option("--use", min=0, help="Use this model from now on; 0 is the one that ships.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Remove the models that were learnt from captions.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of every random choice.")] = 0,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
    model: MeasuredModelOption = "shipped",
) -> None:
    """Learns from what you said.

    A tag that three photographs have is learnt from them, and proposed where it is likely. A proposal is never your
    word: look through them with imgsearch review list --tags, and accept or reject them. What you reject never comes
    back. tag:Ben finds what has the tag, tag:Ben? also what is only proposed. Nothing leaves this machine.

    The model learns from captions that you wrote or accepted, measured on those that it did not see. Only what is
    better is used, from the next imgsearch index on. It is kept in the library, and holds names and words of yours.

    Example: imgsearch learn

    Example: imgsearch learn Ben --dry-run

    Example: imgsearch learn --use 0
    """
    if sum((listed, use is not None, forget, bool(tags) or dry_run)) > 1:
        raise typer.BadParameter("--list, --use and --forget stand alone")
    with opened_library(library) as (opened, _):
        if listed:
            raise typer.Exit(list_learnt(opened, as_json=output is ReportFormat.JSON))
        if use is not None:
            use_learnt(opened, use)
        elif forget:
            forget_learnt(opened)
        else:
            _learn(opened, tags or [], dry_run=dry_run, seed=seed, output=output, base=model_path(model))


def _learn(
    library: Library, tags: list[str], *, dry_run: bool, seed: int, output: ReportFormat, base: Path | None
) -> None:
    """Learns tags, and without their names captions too.

    Raises:
        typer.Exit: There is nothing to learn from.
    """
    from index_data.annotation.learnt_tags import learn_tags
    from search.errors import TooLittleToLearnError

    outcomes, finished, obstacle = learn_tags(library, tags, dry_run=dry_run), None, ""
    if not tags:
        try:
            finished = learn_from_corrections(library, base=base, dry_run=dry_run, seed=seed)
        except TooLittleToLearnError as error:
            obstacle = str(error)
    if output is ReportFormat.JSON:
        captions = learning_record(finished) if finished else {"obstacle": obstacle or None}
        print_json({"tags": [_tag_record(outcome) for outcome in outcomes], "captions": captions})
    else:
        if outcomes:
            print_table(["photographs", "proposed", "tag", ""], [_tag_row(outcome) for outcome in outcomes], figures=2)
        if finished:
            show_learning(finished)
    _tell_tags(outcomes, dry_run=dry_run)
    if finished:
        tell_learning(finished, dry_run=dry_run)
    elif obstacle:
        say(f"Of captions nothing is learnt: {obstacle}.")
    if not outcomes and not finished:
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _tell_tags(outcomes: list[TagOutcome], *, dry_run: bool) -> None:
    """Says what came of it."""
    if not outcomes:
        say("No photograph has a tag yet; give three of them one with: imgsearch review tag FILE --add TAG")
        return
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
