"""A command as every one of ours is: `-q` and `-v` may stand behind it as well as before."""

from __future__ import annotations

from typer import Context
from typer.core import TyperCommand

from search.cli.console import set_loudness

QUIET, VERBOSE = frozenset({"-q", "--quiet"}), frozenset({"-v", "--verbose"})


class Command(TyperCommand):
    """Takes `-q` and `-v` out of its words."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]  # Typer's own context
        """Reads the command line."""
        end = args.index("--") if "--" in args else len(args)
        words = args[:end]
        if not (QUIET | VERBOSE).isdisjoint(words):
            set_loudness(quiet=not QUIET.isdisjoint(words), verbose=not VERBOSE.isdisjoint(words))
        return super().parse_args(ctx, [*(word for word in words if word not in QUIET | VERBOSE), *args[end:]])
