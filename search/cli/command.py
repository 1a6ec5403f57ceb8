"""A command as every one of ours is: `-q` and `-v` may stand behind it as well as before."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

from typer import Context
from typer.core import TyperCommand, TyperGroup

from search.cli.console import set_loudness

QUIET, VERBOSE = frozenset({"-q", "--quiet"}), frozenset({"-v", "--verbose"})


def _without_type_of_flags(params: Sequence[Any]) -> list[Any]:
    """The same, where the help says no type of an option that takes no value."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return list(params)


class Group(TyperGroup):
    """Commands under one name, with a help like theirs."""

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
