"""`imgsearch restore`: puts a backup in the place of a library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.options import LibraryOption


def restore(
    file: Annotated[Path, typer.Argument(help="What `imgsearch backup` wrote.", readable=False)],
    *,
    library: LibraryOption = None,
) -> None:
    """Puts a backup in the place of the library.

    What was there is kept among the library's own backups.

    Example: imgsearch restore ~/Backups/photographs.sqlite
    """
    from index_data.addresses import library_address
    from index_data.maintenance.restore import restore as put_back

    folder = library_address(library)
    former = put_back(file, folder)
    say(f"Restored {folder} from {file}." + (f" The former catalogue is kept as {former}." if former else ""))
