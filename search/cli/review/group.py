"""The commands of `imgsearch review`, in the order of their help."""

from __future__ import annotations

import typer

from search.cli.command import Command
from search.cli.review.accept import accept
from search.cli.review.edit import edit
from search.cli.review.history import history
from search.cli.review.list_ import list_queue
from search.cli.review.mark import mark
from search.cli.review.reject import reject
from search.cli.review.stats import stats
from search.cli.review.tag import tag
from search.cli.review.undo import redo, undo

review = typer.Typer(
    name="review",
    help="Accepts, edits, rejects and tags; everything can be undone.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

review.command("list", cls=Command)(list_queue)
for command in (accept, edit, reject, tag, mark, undo, redo, history, stats):
    review.command(cls=Command)(command)
