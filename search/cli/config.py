"""`imgsearch config`: shows and changes what holds for every command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import say
from search.cli.options import FiguresOption, ReportFormat
from search.cli.render import print_json, print_table
from search.output.printable import printable

if TYPE_CHECKING:
    from index_data.settings import Settings


def config(
    name: Annotated[
        str | None,
        typer.Argument(help="library, format, colours, pictures, exclude, or keys.NAME; without it, all are shown."),
    ] = None,
    values: Annotated[list[str] | None, typer.Argument(help="What it is from now on; of exclude, any number.")] = None,
    *,
    unset: Annotated[bool, typer.Option("--unset", help="Take it out of the file: back to the default.")] = False,
    output: FiguresOption = ReportFormat.TABLE,
) -> None:
    """Shows the settings, or changes one.

    They stand in a TOML file in your configuration folder. Options and environment variables go before the file. Keys
    of the browser have the names that its help shows: imgsearch config keys.browse.like l

    Example: imgsearch config exclude '*.png' drafts/
    """
    from index_data.addresses import library_address
    from index_data.locations import config_file
    from index_data.settings import NAMES, read_settings, write_setting

    if (values or unset) and (name is None or (values and unset)):
        raise typer.BadParameter("name a setting, and either its value or --unset")
    path = config_file()
    if name is not None and (values or unset):
        write_setting(path, name, values or [])
        shown_file = printable(os.fsencode(path))
        say(f"{name} has its default again." if unset else f"{name} is {', '.join(values or [])}, in {shown_file}.")
        return
    settings = read_settings(path)
    known = {key: getattr(settings, key) for key in NAMES} | {"library": str(library_address(None))}
    if name is not None and name not in known:
        raise typer.BadParameter(f"there is no setting {name}; there are {', '.join(known)}", param_hint="NAME")
    shown = known if name is None else {name: known[name]}
    origins = {key: _origin(key, settings, path) for key in shown}
    if output is ReportFormat.JSON:
        print_json({key: {"value": value, "from": origins[key]} for key, value in shown.items()})
        return
    print_table(["setting", "value", "from"], [[key, _words(shown[key]), origins[key]] for key in shown], figures=0)
    say(f"The file is {printable(os.fsencode(path))}.")


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {keys}" for name, keys in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _origin(name: str, settings: Settings, path: Path) -> str:
    """Where the value of a setting comes from, in words."""
    from index_data.settings import overriding_variable

    if variable := overriding_variable(name):
        return f"the environment variable {variable}"
    usual = getattr(settings, name) == getattr(type(settings)(), name)
    return "default" if usual else printable(os.fsencode(path))
