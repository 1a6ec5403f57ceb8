"""Moves all but one file of groups of duplicates to the trash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index_data import catalogue
from index_data.duplicates import DuplicateGroup
from index_data.library import Library
from index_data.relocation.outcome import Outcome
from index_data.relocation.trash import Trash
from index_data.removable import check_copies


def trash_rest(library: Library, groups: Sequence[DuplicateGroup]) -> Iterator[Outcome]:
    """Keeps the first file of each group, and moves the others to the trash as one action of the journal.

    Each is read from the disk just before, as `check_copies` does: what cannot go stays, and its outcome says why. The
    work is done as the outcomes are taken.

    Args:
        library: Open.
        groups: Each with the file to keep before the others.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
    """
    trash = Trash(library)
    for group in groups:
        images = library.read(catalogue.images_at, group.paths)
        for copy in check_copies(library, [group]):
            if copy.obstacle:
                yield Outcome(copy.path, copy.obstacle)
            else:
                yield trash.outcome(images[copy.path], copy.path)
