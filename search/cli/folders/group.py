"""The commands of `imgsearch folders`; without one, it lists."""

from __future__ import annotations

import typer

from search.cli.command import Command
from search.cli.folders.add import add
from search.cli.folders.list_ import list_folders
from search.cli.folders.remove import remove
from search.cli.folders.set_ import set_settings
from search.cli.options import Format, FormatOption, LibraryOption

folders = typer.Typer(
    name="folders",
    help="Lists the folders of the library; adds, removes and sets them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@folders.callback(invoke_without_command=True)
def _list_without_command(
    context: typer.Context, *, output: FormatOption = Format.TABLE, library: LibraryOption = None
) -> None:
    if context.invoked_subcommand is None:
        list_folders(output=output, library=library)


folders.command("list", cls=Command)(list_folders)
folders.command("add", cls=Command)(add)
folders.command("remove", cls=Command)(remove)
folders.command("set", cls=Command)(set_settings)
