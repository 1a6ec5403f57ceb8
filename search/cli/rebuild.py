"""`imgsearch rebuild`: makes the search indexes again."""

from __future__ import annotations

from search.cli.console import say
from search.cli.options import LibraryOption


def rebuild(*, library: LibraryOption = None) -> None:
    """Makes the search indexes again from the catalogue.

    Example: imgsearch rebuild
    """
    from index_data.addresses import library_address
    from index_data.library import Library

    with Library.open(library_address(library)) as opened:
        opened.rebuild_indexes()
        say("The search indexes were built again.")
