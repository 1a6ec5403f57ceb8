"""How results look on stdout: tables for people, JSON and paths for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from search.cli.console import shown_path
from search.cli.options import Format

if TYPE_CHECKING:
    from search.engine import CaptionHit, Hit


def print_hits(hits: Sequence[Hit], output: Format) -> None:
    """Prints hits: rank counts from 1, score is the inner product."""
    if output is Format.JSON:
        print_json([hit_record(hit) for hit in hits])
    elif output is Format.PATHS:
        print_paths([hit.paths[0] for hit in hits])
    elif hits:
        rows = [[str(hit.rank + 1), f"{hit.score:.3f}", shown_path(hit.paths[0]), hit.caption] for hit in hits]
        print_table(["rank", "score", "path", "caption"], rows)


def hit_record(hit: Hit) -> dict[str, Any]:
    """A hit as JSON values; a path that is not UTF-8 has its strange bytes as surrogate escapes."""
    return {
        "rank": hit.rank + 1,
        "score": round(hit.score, 6),
        "path": os.fsdecode(hit.paths[0]),
        "other_paths": [os.fsdecode(path) for path in hit.paths[1:]],
        "caption": hit.caption,
        "keywords": list(hit.keywords),
    }


def caption_hit_record(hit: CaptionHit) -> dict[str, Any]:
    """A stored caption that came close, as JSON values."""
    return {
        "rank": hit.rank + 1,
        "score": round(hit.score, 6),
        "caption": hit.caption,
        "path": os.fsdecode(hit.paths[0]),
    }


def print_json(value: Sequence[Any] | Mapping[str, Any]) -> None:
    """Prints JSON in ASCII, so that every path survives every terminal."""
    print(json.dumps(value, indent=2))


def print_paths(paths: Sequence[bytes]) -> None:
    """Prints paths as the raw bytes the file system knows, one a line."""
    sys.stdout.flush()
    sys.stdout.buffer.write(b"".join(path + b"\n" for path in paths))
    sys.stdout.buffer.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints columns on stdout: cut to fit a terminal, whole where stdout goes elsewhere."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        # A program or a file gets everything, in one line each.
        console.width = sum(max(cell_len(row[at]) for row in [header, *rows]) + 2 for at in range(len(header)))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(header):
        short = number < 2 and len(header) > 2
        table.add_column(name, justify="right" if short else "left", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
