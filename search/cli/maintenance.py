"""`imgsearch backup`, `restore`, `rebuild`, `prune` and `merge`: the care of a library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.options import LibraryOption


def backup(
    file: Annotated[Path, typer.Argument(help="What to write; a former file of that name is replaced.")],
    *,
    library: LibraryOption = None,
) -> None:
    """Copies everything the library knows into one FILE, also while it is in use; photographs are not in it.

    Example: imgsearch backup ~/Backups/photographs.sqlite
    """
    from index_data.catalogue.backup import back_up
    from index_data.library import Library
    from index_data.locations import library_folder

    with Library.open(library_folder(library)) as opened:
        back_up(opened.paths.catalogue, file)
    say(f"{file}: {file.stat().st_size:,} bytes")


def restore(
    file: Annotated[Path, typer.Argument(help="What `imgsearch backup` wrote.")],
    *,
    library: LibraryOption = None,
) -> None:
    """Puts a backup in the library's place; what was there is kept in the library's folder of backups.

    Example: imgsearch restore ~/Backups/photographs.sqlite
    """
    from index_data.locations import library_folder
    from index_data.maintenance.restore import restore as put_back

    folder = library_folder(library)
    kept = put_back(file, folder)
    say(f"Restored {folder} from {file}." + (f" The former catalogue is kept as {kept}." if kept else ""))


def rebuild(*, library: LibraryOption = None) -> None:
    """Makes the search indexes anew from the catalogue.

    Example: imgsearch rebuild
    """
    from index_data.library import Library
    from index_data.locations import library_folder

    with Library.open(library_folder(library)) as opened:
        opened.rebuild_indexes()
        say("The indexes are made anew.")


def prune(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Forget also what people wrote about photographs that are gone.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say how many there are.")] = False,
    library: LibraryOption = None,
) -> None:
    """Forgets photographs that are nowhere any more; until then they are known again wherever they come back.

    Example: imgsearch prune --dry-run
    """
    from index_data.library import Library
    from index_data.locations import library_folder
    from index_data.maintenance.prune import prune as forget

    with Library.open(library_folder(library)) as opened:
        count = forget(opened, everything=everything, dry_run=dry_run)
    say(f"{count:,} photographs {'would be' if dry_run else 'were'} forgotten.")


def merge(
    other: Annotated[Path, typer.Argument(help="Folder of the other library; it stays as it is.")],
    *,
    library: LibraryOption = None,
) -> None:
    """Takes in what another library knows: photographs by their content, with captions, tags and vectors.

    Example: imgsearch merge /mnt/laptop/imgsearch/library
    """
    from index_data.library import Library
    from index_data.locations import library_folder
    from index_data.maintenance.merge import merge as take_in

    with Library.open(library_folder(library), create=True) as opened:
        merged = take_in(opened, other)
    say(
        f"Taken in: {merged.images:,} photographs, {merged.places:,} places, {merged.captions:,} captions, "
        f"{merged.tags:,} tags."
    )
