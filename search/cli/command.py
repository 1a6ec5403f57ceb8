"""A command as every one of ours is: `-q` and `-v` may stand behind it as well as before."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from inspect import cleandoc, signature
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from typer import Context
from typer.core import TyperCommand, TyperGroup

from search.cli.console import set_loudness

QUIET, VERBOSE = frozenset({"-q", "--quiet"}), frozenset({"-v", "--verbose"})

WIDEST_CHOICES = 20
"""Characters of the values of an option that are told in its help beside it; of others its text tells them."""


def _plain_type(kind: Any) -> str:
    """What stands for a value of this type in a help."""
    if get_origin(kind) is Annotated:
        return _plain_type(get_args(kind)[0])
    if inner := [argument for argument in get_args(kind) if argument is not type(None)]:
        return _plain_type(inner[0])
    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = "|".join(str(member.value) for member in kind)
        return choices if len(choices) <= WIDEST_CHOICES else "NAME"
    return {Path: "PATH", int: "N", float: "SHARE", str: "TEXT"}[kind]


def name_values(command: TyperCommand | TyperGroup) -> None:
    """Calls the values of a command by what a person would write, not by their types in the program."""
    kinds = signature(command.callback, eval_str=True).parameters if command.callback else {}
    params: list[Any] = list(command.params)
    for param in params:
        if param.param_type_name == "argument":
            param.metavar = param.metavar or param.name.upper()
            param.display_type_rich = lambda ctx: None
        elif param.name in kinds and param.metavar is None and not param.is_flag:
            param.metavar = _plain_type(kinds[param.name].annotation)


def _without_type_of_flags(params: Sequence[Any]) -> list[Any]:
    """The same, where the help says no type of an option that takes no value."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return list(params)


class Group(TyperGroup):
    """Commands under one name, with a help like theirs."""

    def format_help(self, ctx: Context, formatter: Any) -> None:  # type: ignore[override]  # Typer's own context
        """Writes the help."""
        name_values(self)
        super().format_help(ctx, formatter)

    def get_params(self, ctx: Context) -> list[Any]:  # type: ignore[override]  # Typer's own context
        """Its options."""
        return _without_type_of_flags(super().get_params(ctx))


class Command(TyperCommand):
    """Takes `-q` and `-v` out of its words; its help fits the terminal, and shows no type where there is no value."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Takes what Typer gives a command."""
        super().__init__(*args, **options)
        paragraphs = cleandoc(self.help or "").split("\n\n")
        self.help = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)

    def format_help(self, ctx: Context, formatter: Any) -> None:  # type: ignore[override]  # Typer's own context
        """Writes the help."""
        name_values(self)
        super().format_help(ctx, formatter)

    def get_params(self, ctx: Context) -> list[Any]:  # type: ignore[override]  # Typer's own context
        """Its arguments and options."""
        return _without_type_of_flags(super().get_params(ctx))

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]  # Typer's own context
        """Reads the command line."""
        end = args.index("--") if "--" in args else len(args)
        words = args[:end]
        if not (QUIET | VERBOSE).isdisjoint(words):
            set_loudness(quiet=not QUIET.isdisjoint(words), verbose=not VERBOSE.isdisjoint(words))
        return super().parse_args(ctx, [*(word for word in words if word not in QUIET | VERBOSE), *args[end:]])
