"""What the review does with tags that are only proposed: list, accept and reject them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index_data.film_times import named_moment
from search.cli.console import say, shown_place
from search.cli.exit_codes import ExitCode
from search.cli.options import Format
from search.cli.photographs import named_images, opened_library, tell
from search.cli.render import print_json, print_paths, print_table
from search.output.film_words import moment_record

if TYPE_CHECKING:
    from collections.abc import Collection

    from index_data.library import Library

TagOption = Annotated[
    str | None,
    typer.Option(
        "--tag", "-t", help="This proposed tag, not the caption; without FILES, wherever it is proposed.", metavar="TAG"
    ),
]
LeastOption = Annotated[
    float,
    typer.Option("--least", min=0.0, max=1.0, help="With --tag: only proposals of at least this probability."),
]


def judge_tag(
    tag: str,
    files: list[Path] | None,
    listed: Path | None,
    *,
    least: float,
    accept: bool,
    dry_run: bool,
    library: str | None,
) -> None:
    """Accepts or rejects a proposed tag of the photographs that a command line names, or of all."""
    from index_data.annotation.tag_queue import tag_queue

    with opened_library(library) as (opened, notes):
        among = set(named_images(notes, files, listed)) if files or listed else None
        proposed = tag_queue(opened, name=tag, least=least, among=among)
        action = notes.judge_tags(proposed, accept=accept, dry_run=dry_run)
        done = f'Accepted the proposed tag "{tag}" of' if accept else f'Rejected the proposed tag "{tag}" of'
        tell(opened, action, done, dry_run=dry_run)


def list_proposed_tags(
    library: Library, *, tag: str | None, count: int, output: Format, among: Collection[int] | None
) -> None:
    """Prints proposed tags, the most doubtful first.

    Raises:
        typer.Exit: There are none.
    """
    from index_data import catalogue
    from index_data.annotation.tag_queue import tag_queue

    waiting = tag_queue(library, name=tag, among=among)
    first = waiting[:count]
    records = library.read(catalogue.images, [proposal.image_id for proposal in first])
    shown = [(records[proposal.image_id], proposal) for proposal in first if proposal.image_id in records]
    if output is Format.JSON:
        print_json(
            [
                {
                    "path": os.fsdecode(record.paths[0]),
                    **({} if record.moment is None else moment_record(record.moment)),
                    "tag": proposal.name,
                    "probability": round(proposal.probability, 4),
                }
                for record, proposal in shown
            ]
        )
    elif output is Format.PATHS:
        print_paths(
            [named_moment(record.paths[0], record.moment) if record.moment else record.paths[0] for record, _ in shown]
        )
    elif shown:
        rows: list[list[Any]] = [
            [f"{proposal.probability:.0%}", proposal.name, shown_place(record.paths[0], record.moment), record.caption]
            for record, proposal in shown
        ]
        print_table(["probability", "tag", "path", "caption"], rows, figures=1)
    if not shown:
        say("No proposed tag waits for review; learn them from yours with: imgsearch learn")
        raise typer.Exit(ExitCode.NOTHING_FOUND)
    if len(waiting) > len(shown):
        say(f"{len(waiting) - len(shown):,} more wait; list them with -k {len(waiting)}.")
