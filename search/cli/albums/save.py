"""`imgsearch albums save`: saves a search under a name."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from search.cli.albums.names import NameArgument
from search.cli.console import say
from search.cli.minus_words import joined
from search.cli.options import FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json


def save(
    name: NameArgument,
    words: Annotated[list[str], typer.Argument(help="A query, as after: imgsearch query")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the query of a saved search.")] = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Saves a search under a name: an album that holds whatever the query finds when it is asked.

    Example: imgsearch albums save "Best beaches" beach 'rating:>3'
    """
    from index_data.addresses import library_address
    from index_data.library import Library
    from search.engine.query_text import with_filter
    from search.engine.saved_searches import save as keep

    query = joined(words)
    with Library.open(library_address(library)) as opened:
        line = keep(opened, name, query, replace_former=force)
    if output is ReportFormat.JSON:
        print_json({"album": line, "query": query})
    say(f'Saved "{line}"; ask for it with: imgsearch query {shlex.quote(with_filter("", "album", line))}')
