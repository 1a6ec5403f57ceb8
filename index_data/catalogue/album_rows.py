"""Albums, which hold images in an order of a person's, and searches that a person saved under a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.annotation_records import NO_ALBUM
from index_data.catalogue.fragments import chunks
from index_data.catalogue.library_records import AlbumRecord
from index_data.catalogue.search_words import folded
from index_data.errors import AlbumError

_SEEN = exists().where(schema.Sighting.image_id == schema.AlbumImage.image_id)


def albums(session: Session) -> list[AlbumRecord]:
    """All albums and saved searches, by name; images without a place are not counted."""
    counted = session.execute(
        select(schema.AlbumImage.album_id, func.count()).where(_SEEN).group_by(schema.AlbumImage.album_id)
    )
    counts: dict[int, int] = {album: count for album, count in counted}
    rows = session.execute(select(schema.Album.id, schema.Album.name, schema.Album.query))
    records = [AlbumRecord(album, name, query, counts.get(album, 0)) for album, name, query in rows]
    return sorted(records, key=lambda record: (folded(record.name), record.name))


def album_named(session: Session, name: str) -> AlbumRecord | None:
    """The album or saved search of a name, without regard to case and accents; its photographs are not counted."""
    rows = session.execute(select(schema.Album.id, schema.Album.name, schema.Album.query))
    records = [AlbumRecord(*row) for row in rows if folded(row.name) == folded(name)]
    return min(records, key=lambda record: record.name != name, default=None)


def add_album(session: Session, name: str, query: str | None = None) -> None:
    """Adds an empty album, or a saved search."""
    session.add(schema.Album(name=name, query=query))
    session.flush()


def set_saved_query(session: Session, album_id: int, query: str) -> None:
    """Gives a saved search another query."""
    session.execute(update(schema.Album).where(schema.Album.id == album_id).values(query=query))


def rename_album(session: Session, album: AlbumRecord, name: str) -> None:
    """Gives an album or a saved search another name, in what was done to it as well."""
    session.execute(update(schema.Album).where(schema.Album.id == album.album_id).values(name=name))
    session.execute(update(schema.Change).where(schema.Change.album == album.name).values(album=name))


def remove_album(session: Session, album_id: int) -> None:
    """Removes an album or a saved search."""
    session.execute(delete(schema.Album).where(schema.Album.id == album_id))


def albums_of(session: Session, images: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The names of the albums of images, in order; those that are in none are left out."""
    names: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks(images):
        rows = session.execute(
            select(schema.AlbumImage.image_id, schema.Album.name)
            .join(schema.Album, schema.Album.id == schema.AlbumImage.album_id)
            .where(schema.AlbumImage.image_id.in_(chunk))
            .order_by(schema.Album.name)
        )
        for image, name in rows:
            names[image].append(name)
    return {image: tuple(of_image) for image, of_image in names.items()}


def positions_in(session: Session, album_id: int) -> dict[int, int]:
    """The images of an album in its order, each with its position, which grows; there may be gaps."""
    rows = session.execute(
        select(schema.AlbumImage.image_id, schema.AlbumImage.position)
        .where(schema.AlbumImage.album_id == album_id)
        .order_by(schema.AlbumImage.position, schema.AlbumImage.image_id)
    )
    return {image: position for image, position in rows}


def place_in_albums(session: Session, places: Mapping[str, Mapping[int, str]]) -> None:
    """Puts images into albums or takes them out.

    Args:
        session: In which it is done.
        places: By the name of an album what becomes of the position of each image there: a whole number,
            `NOT_IN_ALBUM`, or `NO_ALBUM`. An album that an image comes into is made where it is missing.

    Raises:
        AlbumError: A saved search has the name of an album that is missing.
    """
    for name, positions in places.items():
        comes = any(became.isdecimal() for became in positions.values())
        album = album_named(session, name)
        if album is None and comes:
            add_album(session, name)
            album = album_named(session, name)
        if album is None:
            continue
        if album.query is not None:
            raise AlbumError(f'"{album.name}" is a saved search now; give it another name first')
        for chunk in chunks(positions):
            of_images = schema.AlbumImage.album_id == album.album_id, schema.AlbumImage.image_id.in_(chunk)
            session.execute(delete(schema.AlbumImage).where(*of_images))
        if comes:
            rows = [
                {"album_id": album.album_id, "image_id": image, "position": int(became)}
                for image, became in positions.items()
                if became.isdecimal()
            ]
            session.execute(insert(schema.AlbumImage), rows)
        held = exists().where(schema.AlbumImage.album_id == album.album_id)
        if NO_ALBUM in positions.values() and not session.scalar(select(held)):
            remove_album(session, album.album_id)
