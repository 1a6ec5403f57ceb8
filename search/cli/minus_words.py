"""A command whose words may begin with a minus, as a query excludes them, though options do, too."""

from __future__ import annotations

import re

from typer import Context

from search.cli.command import Command

MINUS = "\N{MINUS SIGN}"
"""Begins a word where a hyphen would make an option of it."""

_EXCLUSION = re.compile(r"""-(?=["\x80-\U0010ffff]|[^\W\d_]{2}|[^\W\d_][^\s"]*\s)""")
_ATTACHED = re.compile(r"-(?:f(?:table|jsonl?|paths)|[kl][\d/.~].*)", re.DOTALL)
"""Short options with their values, as in `-k5`, `-fjson` and `-l/photos`."""


class MinusWordsCommand(Command):
    """Takes `-beach` for a word: no option of one hyphen has more than one letter."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]  # Typer's own context
        """Reads the command line with such words among its words."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*map(_word, args[:end]), *args[end:]])


def _word(argument: str) -> str:
    if _EXCLUSION.match(argument) and not _ATTACHED.fullmatch(argument):
        return MINUS + argument[1:]
    return argument


def joined(words: list[str]) -> str:
    """The words of the command line as they were written."""
    return " ".join("-" + word[1:] if word.startswith(MINUS) else word for word in words)
