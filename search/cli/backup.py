"""`imgsearch backup`: copies everything a library knows into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.options import ForceOption, LibraryOption


def backup(
    file: Annotated[Path, typer.Argument(help="What to write.", readable=False)],
    *,
    force: ForceOption = False,
    library: LibraryOption = None,
) -> None:
    """Copies all that the library knows into one file.

    This works while the library is in use. The photographs are not in it.

    Example: imgsearch backup ~/Backups/photographs.sqlite
    """
    from index_data.addresses import library_address
    from index_data.errors import BackupError, LibraryNotWritableError
    from index_data.library import Library
    from index_data.replaceable import FileKind, check_replaceable

    with Library.open(library_address(library)) as opened:
        check_replaceable(file, FileKind.BACKUP, force=force, library=opened)
        try:
            opened.database.back_up(file)
        except LibraryNotWritableError as error:
            raise BackupError(str(error)) from error
    say(f"Wrote {file}: {file.stat().st_size:,} bytes.")
