"""Forgets the images that are nowhere any more."""

from __future__ import annotations

from sqlalchemy import delete, exists, func, select

from index_data import catalogue
from index_data.catalogue import schema
from index_data.library import Library
from index_data.thumbnails import Thumbnails


def prune(library: Library, *, everything: bool = False, dry_run: bool = False) -> int:
    """Forgets images that have no place: their files were deleted, or left out, and no scan has seen them since.

    Args:
        library: Open.
        everything: Also those with words of a person: captions that somebody wrote, accepted or rejected, and tags.
        dry_run: Only count them.

    Returns:
        How many images that is.

    Raises:
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    nowhere = ~exists().where(schema.Place.image_id == schema.Image.id)
    said = exists().where(
        schema.Caption.image_id == schema.Image.id,
        (schema.Caption.author == "person") | (schema.Caption.state != "proposed"),
    )
    tagged = exists().where(schema.Tag.image_id == schema.Image.id)
    wanted = nowhere if everything else nowhere & ~said & ~tagged
    if dry_run:
        with library.transaction() as session:
            return session.scalar(select(func.count()).select_from(schema.Image).where(wanted)) or 0
    with library.writing():
        with library.transaction() as session:
            ids = list(session.scalars(select(schema.Image.id).where(wanted)))
            contents = [content for content, _, _ in catalogue.contents(session, ids).values()]
            for some in catalogue.chunks(ids):
                session.execute(delete(schema.Image).where(schema.Image.id.in_(some)))
            catalogue.advance_vector_generation(session)
        # What is forgotten should leave no picture behind.
        Thumbnails(library.paths.thumbnails).forget(contents)
        library.compact()
    return len(ids)
