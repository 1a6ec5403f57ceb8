"""`imgsearch rebuild`: makes the search indexes again."""

from __future__ import annotations

from search.cli.console import say
from search.cli.options import LibraryOption


def rebuild(*, library: LibraryOption = None) -> None:
    """Makes the search indexes again from the catalogue.

    Example: imgsearch rebuild
    """
    from index_data.library import Library
    from index_data.locations import library_folder

    with Library.open(library_folder(library)) as opened:
        opened.rebuild_indexes()
        say("The search indexes were built again.")
