"""Writes the manual page of `imgsearch`, made from its help; read it by `make manual && man ./imgsearch.1`.

It is not kept in the repository, where it would grow old.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import typer

from search.cli.app import DESCRIPTION, DISTRIBUTION, app
from search.cli.command import name_values
from search.cli.exit_codes import MEANINGS

ENVIRONMENT = {
    "IMGSEARCH_LIBRARY": "The folder of the library, where no --library names one.",
    "IMGSEARCH_CONFIG": "The file of settings, in place of the one in your configuration folder.",
    "NO_COLOR": "Nothing is coloured.",
}


def manual() -> str:
    """The manual page, in the language of `man`."""
    command: Any = typer.main.get_command(app)
    lines = [f'.TH IMGSEARCH 1 "" "imgsearch {version(DISTRIBUTION)}" "User commands"']
    lines += [".SH NAME", "imgsearch \\- search your own photographs by describing them"]
    lines += [".SH SYNOPSIS", ".B imgsearch", "[OPTIONS] COMMAND [ARGUMENTS]", ".SH DESCRIPTION"]
    lines += _paragraphs(DESCRIPTION)
    lines += [".SH OPTIONS", *_options(command)]
    titles = dict.fromkeys(child.rich_help_panel for child in command.commands.values())
    for title in titles:
        lines.append(f".SH COMMANDS: {title.upper()}")
        for name, child in command.commands.items():
            if child.rich_help_panel == title:
                lines += _command(name, child)
    lines += [".SH EXIT STATUS", *(line for code, text in MEANINGS.items() for line in _item(str(int(code)), text))]
    lines += [".SH ENVIRONMENT", *(line for name, text in ENVIRONMENT.items() for line in _item(name, text))]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    children = getattr(command, "commands", {})
    name_values(command)
    arguments = [_argument(param) for param in command.params if param.param_type_name == "argument"]
    yield f".SS imgsearch {_plain(' '.join([name, *(['COMMAND'] if children else arguments)]))}"
    yield from _paragraphs(command.help or "")
    yield from _options(command)
    for inner, child in children.items():
        yield from _command(f"{name} {inner}", child)


def _argument(param: Any) -> str:
    shown = (param.metavar or param.name).upper() + ("..." if param.nargs == -1 else "")
    return shown if param.required else f"[{shown}]"


def _options(command: Any) -> Iterator[str]:
    for param in command.params:
        if param.param_type_name == "argument":
            yield from _item(_argument(param), param.help or "")
        else:
            names = ", ".join(sorted([*param.opts, *param.secondary_opts], key=len))
            yield from _item(" ".join(filter(None, (names, param.metavar))), param.help or "")


def _item(name: str, text: str) -> list[str]:
    return [".TP", f".B {_plain(name)}", _plain(text)]


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ".PP"
        if paragraph.startswith("Example: "):
            yield from ("Example:", ".RS", f".B {_plain(paragraph.removeprefix('Example: '))}", ".RE")
        else:
            yield _plain(" ".join(paragraph.split("\n")))


def _plain(text: str) -> str:
    """Text of which `man` takes nothing for a request; what is copied into a shell keeps its hyphens and quotes."""
    text = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace('"', "\\(dq")
    )
    return f"\\&{text}" if text.startswith(".") else text


if __name__ == "__main__":
    sys.stdout.write(manual())
