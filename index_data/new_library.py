"""Makes a library where there is none, and leaves nothing behind if that comes to nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index_data import catalogue
from index_data.addresses import ServerAddress
from index_data.library import Library
from index_data.locations import LibraryPaths


@contextmanager
def open_or_make(address: Path | ServerAddress, *, gpu: int | None = None) -> Iterator[Library]:
    """Opens a library; a folder that is made is removed again if the block ends with an error before it holds anything.

    Args:
        address: Where it is.
        gpu: As in `Library.open`.

    Raises:
        LibraryError: As `Library.open` raises them, except that none is missing.
    """
    if isinstance(address, ServerAddress):
        with Library.open(address, create=True) as library:
            yield library
        return
    paths = LibraryPaths(address.absolute())
    made = [path for path in (paths.folder, *paths.folder.parents) if not path.exists()]
    fresh = not paths.catalogue.exists()
    empty = fresh
    try:
        with Library.open(address, create=True, gpu=gpu) as library:
            try:
                yield library
            finally:
                empty = (
                    fresh
                    and library.read(catalogue.last_scan) is None
                    and not any(library.read(catalogue.count_images))
                )
    except BaseException:
        if empty:
            _remove(paths, made)
        raise


def _remove(paths: LibraryPaths, made: list[Path]) -> None:
    """Removes an empty library, and of the folders around it those that were made for it."""
    for ending in ("", "-wal", "-shm"):
        paths.catalogue.with_name(f"{paths.catalogue.name}{ending}").unlink(missing_ok=True)
    paths.lock.unlink(missing_ok=True)
    if paths.text_encoders.is_dir() and not paths.text_encoders.is_symlink():
        shutil.rmtree(paths.text_encoders)
    for path in made:
        # What somebody else put there meanwhile stays.
        with suppress(OSError):
            path.rmdir()
