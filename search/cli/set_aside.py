"""What export and import say of the entries that they set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from search.cli.console import complain
from search.cli.exit_codes import ExitCode
from search.output.printable import printable

if TYPE_CHECKING:
    from index_data.exchange.notes import Aside

SHOWN = 10
"""Entries set aside that are named one by one; the rest are counted."""


def report_set_aside(aside: Sequence[Aside], outcome: str) -> None:
    """Names the first entries with their reasons, and ends with the exit code for them if there are any."""
    for entry in aside[:SHOWN]:
        complain(f"{printable(entry.path)} {outcome}: {entry.reason}")
    if len(aside) > SHOWN:
        complain(f"... and {len(aside) - SHOWN} more.")
    if aside:
        raise typer.Exit(ExitCode.SET_ASIDE)
