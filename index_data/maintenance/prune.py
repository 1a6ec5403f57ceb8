"""Forgets the images whose files are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index_data import catalogue
from index_data.library import Library
from index_data.thumbnails import Thumbnails

if TYPE_CHECKING:
    from index_data.catalogue import Session


def prune(library: Library, *, everything: bool = False, dry_run: bool = False) -> int:
    """Forgets images that have no place: their files were deleted, or left out, and no scan has seen them since.

    Args:
        library: Open.
        everything: Also those with words of a person: captions that somebody wrote, accepted or rejected, and tags.
        dry_run: Only count them.

    Returns:
        How many photographs and films that is; moments go with their films.

    Raises:
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    if dry_run:
        with library.transaction() as session:
            return _count(session, catalogue.images_without_place(session, everything=everything))
    with library.writing():
        with library.transaction() as session:
            ids = catalogue.images_without_place(session, everything=everything)
            count = _count(session, ids)
            contents = [content for content, _, _ in catalogue.contents(session, ids).values()]
            catalogue.forget_images(session, ids)
            catalogue.advance_vector_generation(session)
        # What is forgotten should leave no picture behind.
        Thumbnails(library.paths.thumbnails).forget(contents)
        library.compact()
        # Nor any of its names and words.
        with library.transaction() as session:
            for model in catalogue.answering_models(session):
                library.columns.save(session, model, library.bank(model))
    return count


def _count(session: Session, ids: list[int]) -> int:
    return len(ids) - len(catalogue.moments_among(session, ids))
