"""The commands of `imgsearch albums`; without one, it lists."""

from __future__ import annotations

import typer

from search.cli.albums.add import add
from search.cli.albums.create import create
from search.cli.albums.delete import delete
from search.cli.albums.list_ import list_albums
from search.cli.albums.remove import remove
from search.cli.albums.rename import rename
from search.cli.albums.save import save
from search.cli.command import Command
from search.cli.minus_words import MinusWordsCommand
from search.cli.options import FiguresOption, LibraryOption, ReportFormat

albums = typer.Typer(
    name="albums",
    help="Lists albums and saved searches; makes and fills them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@albums.callback(invoke_without_command=True)
def _list_without_command(
    context: typer.Context, *, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None
) -> None:
    if context.invoked_subcommand is None:
        list_albums(output=output, library=library)


albums.command("list", cls=Command)(list_albums)
for command in (create, add, remove, rename, delete):
    albums.command(cls=Command)(command)
albums.command(cls=MinusWordsCommand)(save)
