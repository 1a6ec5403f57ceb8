"""The command line's list of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.backup import backup
from search.cli.calibrate import calibrate
from search.cli.caption import caption
from search.cli.captions import captions
from search.cli.demo import demo
from search.cli.doctor import doctor
from search.cli.duplicates import duplicates
from search.cli.evaluate import evaluate
from search.cli.export import export_captions
from search.cli.folders.group import folders
from search.cli.import_ import import_captions
from search.cli.index import index
from search.cli.merge import merge
from search.cli.minus_words import MinusWordsCommand
from search.cli.problems import problems
from search.cli.prune import prune
from search.cli.query import query
from search.cli.rebuild import rebuild
from search.cli.restore import restore
from search.cli.review.group import review
from search.cli.similar import similar
from search.cli.status import status
from search.cli.train import train
from search.cli.tui import tui
from search.cli.watch import watch

app = typer.Typer(
    name="imgsearch",
    help="Search your own photographs by describing them. Everything stays on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


DISTRIBUTION = "imgsearch-photos"
"""The name of the installed package; `imgsearch` on the package index is another project."""


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version(DISTRIBUTION))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Search your own photographs by describing them. Everything stays on this machine."""


for command in (
    *(tui, index, watch, query, similar, caption, captions, duplicates, status, problems),
    *(doctor, backup, restore, rebuild, prune, merge, demo, train, calibrate),
):
    app.command(cls=MinusWordsCommand if command is query else None)(command)
app.command("eval")(evaluate)
app.command("export")(export_captions)
app.command("import")(import_captions)
app.add_typer(folders)
app.add_typer(review)
