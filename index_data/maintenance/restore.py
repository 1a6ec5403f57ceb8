"""Puts a backup in the place of a library's catalogue."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.backup import keep_copy, prove
from index_data.catalogue.counters import VECTORS
from index_data.catalogue.database import as_it_lies, explained
from index_data.catalogue.migrate import current_revision, refuse_newer
from index_data.errors import LibraryDamagedError, LibraryMissingError
from index_data.library import Library
from index_data.locations import LibraryPaths


def restore(backup: Path, folder: Path) -> Path | None:
    """Puts a backup in the place of the catalogue of the library in a folder, which is made if there is none.

    Processes that have the library open go on with what was restored.

    Returns:
        Where the former catalogue is kept; none if there was no library.

    Raises:
        LibraryMissingError: There is no such file.
        LibraryDamagedError: It is no whole catalogue; the library stays as it was.
        LibraryTooNewError: It was written by a newer version; the library stays as it was.
        LibraryNotWritableError: The file or the folder cannot be read or written.
        LibraryLockedError: Another process is writing to the library.
    """
    if not backup.is_file():
        raise LibraryMissingError(f"there is no backup {backup}")
    revision = current_revision(backup)
    if revision is None:
        raise LibraryDamagedError(f"{backup} is an empty database, not a backup of imgsearch")
    refuse_newer(backup, revision)
    prove(backup)
    paths = LibraryPaths(folder.absolute())
    existed = paths.catalogue.is_file()
    with Library.open(folder, create=True) as library, library.writing():
        kept = keep_copy(paths, "before-restore") if existed else None
        # Under the same numbers they hold other vectors than those that come.
        library.indexes.forget()
        generation = library.read(catalogue.vector_generation)
        with (
            explained(paths.catalogue),
            closing(sqlite3.connect(as_it_lies(backup), uri=True)) as source,
            closing(sqlite3.connect(paths.catalogue)) as live,
        ):
            source.backup(live)
            # Later than any index that a process which is reading now may still write.
            live.execute(
                "INSERT INTO counter (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = max(value + 1, excluded.value)",
                (VECTORS, generation + 1),
            )
            live.commit()
    # The backup of an earlier version is brought up to date as a library is.
    Library.open(folder).close()
    return kept
