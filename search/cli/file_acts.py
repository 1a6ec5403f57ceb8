"""Copies and moves the files of photographs for a command: with a bar, and a sentence for each that stays."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import complain, progress_bar, say

if TYPE_CHECKING:
    from index_data.relocation.outcome import Outcome
    from search.output.file_words import FileAct

CopyOption = Annotated[Path | None, typer.Option("--copy-to", help="Copy the files into this folder.", readable=False)]
ClipOption = Annotated[
    bool, typer.Option("--clip", help="With --copy-to, cut each moment out of its video; nothing is encoded anew.")
]
MoveOption = Annotated[
    Path | None,
    typer.Option("--move-to", help="Move the files into this folder; the library follows.", readable=False),
]
TrashOption = Annotated[bool, typer.Option("--trash", help="Move the files to the desktop's trash, once you said yes.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before the trash.")]


def carry_out(
    act: FileAct, outcomes: Iterable[Outcome], *, total: int, noun: str = "photograph", folder: Path | None = None
) -> bool:
    """Takes the outcomes as they come, and says whether every file went where it should."""
    from search.output.file_words import ended, failure

    done = 0
    with progress_bar("files") as progress:
        task = progress.add_task(act.name.lower(), total=total)
        for outcome in outcomes:
            progress.advance(task)
            if outcome.problem:
                complain(failure(act, outcome))
            else:
                done += 1
    say(f"{ended(act, done, '' if folder is None else str(folder), noun=noun)}.")
    return done == total


def confirmed(question: str, *, yes: bool) -> bool:
    """Asks on stderr before files go to the trash; says what was decided where nobody can be asked.

    Raises:
        typer.BadParameter: Nobody can be asked, and the answer was not given beforehand.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here whether the trash is meant; say so with --yes")
    if typer.confirm(question, err=True):
        return True
    say("Nothing was moved.")
    return False
