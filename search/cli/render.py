"""How results look on stdout: tables for people, JSON and paths for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from search.output.film_words import moment_record
from search.output.printable import harmless, printable

if TYPE_CHECKING:
    from rich.table import Table

    from search.engine.hits import CaptionHit

INDENT = 4
"""Columns before a cell that has lines of its own."""


def caption_hit_record(hit: CaptionHit) -> dict[str, Any]:
    """A stored caption that came close, as JSON values."""
    return {
        "rank": hit.rank + 1,
        "score": round(hit.score, 6),
        "caption": hit.caption,
        "path": os.fsdecode(hit.paths[0]),
        **({} if hit.moment is None else moment_record(hit.moment)),
    }


def print_json(value: Sequence[Any] | Mapping[str, Any] | None) -> None:
    """Prints JSON in ASCII, so that every path survives every terminal."""
    print(json.dumps(value, indent=2))


def print_json_lines(values: Sequence[Mapping[str, Any]]) -> None:
    """Prints one JSON object a line, in ASCII."""
    for value in values:
        print(json.dumps(value))


def print_paths(paths: Sequence[bytes], *, end: bytes = b"\n") -> None:
    """Prints paths as the raw bytes the file system knows, each with its end, and harmless to a terminal."""
    if sys.stdout.isatty():
        paths = [printable(path).encode() for path in paths]
    print_bytes(b"".join(path + end for path in paths))


def print_bytes(content: bytes) -> None:
    """Prints what is for programs byte by byte; a terminal is given nothing that would steer it."""
    sys.stdout.flush()
    if sys.stdout.isatty():
        content = harmless(content.decode("utf-8", "backslashreplace")).encode()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, figures: int | None = None) -> None:
    """Prints columns on stdout: to fit a terminal, whole where stdout goes elsewhere.

    In a terminal that is too narrow the last column, which says most, goes to lines of its own; of two columns it is
    broken into lines. Figures are never cut.

    Args:
        header: Names of the columns.
        rows: Of as many cells.
        figures: How many of the first columns hold figures; two, unless there are only two columns.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    rows = [[harmless(cell) for cell in row] for row in rows]
    figures = 2 * (len(header) > 2) if figures is None else figures
    console = Console(highlight=False, markup=False, emoji=False)
    widths = [max(cell_len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    needed = sum(widths) + 2 * len(header)
    if not console.is_terminal:
        # A program or a file gets everything, in one line each.
        console.width = needed
    if needed - 2 <= console.width or len(header) < 3:
        console.print(_table(header, rows, figures))
        return
    with console.capture() as drawn:
        console.print(_table(header[:-1], [row[:-1] for row in rows], figures))
    first, *lines = drawn.get().splitlines()
    print(first)
    console.print(Padding(Text(header[-1], "bold"), (0, 0, 0, INDENT)))
    for line, row in zip(lines, rows, strict=True):
        print(line)
        if row[-1]:
            console.print(Padding(Text(row[-1]), (0, 0, 0, INDENT)))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], figures: int) -> Table:
    """Columns, of which the first hold figures; a row is one line."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(header):
        is_figure = number < figures
        table.add_column(
            name,
            justify="right" if is_figure else "left",
            # What may be wrapped is narrowed before what may not; the texts themselves are cut all the same.
            no_wrap=is_figure,
        )
    for row in rows:
        *texts, last = (Text(cell, no_wrap=True, overflow="ellipsis") for cell in row)
        table.add_row(*texts, Text(last.plain, overflow="fold") if len(header) < 3 else last)
    return table
