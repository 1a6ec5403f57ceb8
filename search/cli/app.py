"""The command line's list of commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Annotated, Any

import typer

from search.cli.albums.group import albums
from search.cli.backup import backup
from search.cli.calibrate import calibrate
from search.cli.caption import caption
from search.cli.captions import captions
from search.cli.command import Command, Group
from search.cli.config import config
from search.cli.console import set_loudness
from search.cli.demo import demo
from search.cli.doctor import doctor
from search.cli.duplicates import duplicates
from search.cli.evaluate import evaluate
from search.cli.export import export_captions
from search.cli.folders.group import folders
from search.cli.import_ import import_captions
from search.cli.index import index
from search.cli.learn import learn
from search.cli.merge import merge
from search.cli.minus_words import MinusWordsCommand
from search.cli.options import LibraryOption
from search.cli.problems import problems
from search.cli.prune import prune
from search.cli.query import query
from search.cli.rebuild import rebuild
from search.cli.restore import restore
from search.cli.review.group import review
from search.cli.search import search
from search.cli.similar import similar
from search.cli.status import status
from search.cli.train import train
from search.cli.tui import tui
from search.cli.watch import watch

DESCRIPTION = """Search your own photographs by describing them. Everything stays on this machine.

Begin with: imgsearch index ~/Pictures

Then: imgsearch query "a dog on a beach", or: imgsearch tui"""

app = typer.Typer(
    name="imgsearch",
    cls=Group,
    help=DESCRIPTION,
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
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop."),
    ] = False,
    library: LibraryOption = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say only what goes wrong; also behind a command.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is done; also behind a command.")] = False,
) -> None:
    """Takes what holds for every command."""
    from index_data.locations import config_file
    from index_data.settings import Settings, read_settings

    set_loudness(quiet=quiet, verbose=verbose)
    # What mends a file of settings must start when it is wrong.
    settings = Settings() if context.invoked_subcommand == "config" else read_settings(config_file())
    if settings.colours != "auto":
        os.environ.setdefault("NO_COLOR" if settings.colours == "never" else "FORCE_COLOR", "1")
    context.default_map = _defaults(context.command, library=library, output=settings.format)


def _defaults(command: Any, *, library: str | None, output: str) -> dict[str, Any]:
    """What options are where a command line does not say it, by command and option."""
    subcommands = getattr(command, "commands", {})
    values: dict[str, Any] = {
        name: _defaults(inner, library=library, output=output) for name, inner in subcommands.items()
    }
    for param in command.params:
        if param.name == "library" and library is not None:
            values["library"] = library
        # Of a command that exports, `--format` means another thing.
        elif param.name == "output" and param.default == "table":
            printed = param.default.__class__.__members__.values()
            values |= {"output": output} if output in printed else {}
    return values


def _add(title: str, *commands: Callable[..., None], name: str | None = None) -> None:
    """Adds commands to the group of this title in the help."""
    for command in commands:
        kind = MinusWordsCommand if command in (query, search) else Command
        app.command(name, cls=kind, rich_help_panel=title)(command)


_add("Find", tui, query, search, similar, captions, duplicates)
_add("Review", export_captions, name="export")
_add("Review", import_captions, name="import")
_add("Library", index, watch, status, problems, doctor, backup, restore, rebuild, prune, merge, config)
_add("Model", learn, caption, train, calibrate, demo)
_add("Model", evaluate, name="eval")
app.add_typer(review, cls=Group, rich_help_panel="Review")
app.add_typer(albums, cls=Group, rich_help_panel="Review")
app.add_typer(folders, cls=Group, rich_help_panel="Library")


@cache
def app_of(name: str) -> typer.Typer:
    """The command line with the one command of this name alone, or all of it where there is none.

    To make all commands of their functions takes a tenth of a question's time.
    """
    commands = [
        info for info in app.registered_commands if info.callback and name == (info.name or info.callback.__name__)
    ]
    groups = [info for info in app.registered_groups if info.typer_instance and name == info.typer_instance.info.name]
    if not commands and not groups:
        return app
    narrow = copy(app)
    narrow.registered_commands, narrow.registered_groups = commands, groups
    return narrow
