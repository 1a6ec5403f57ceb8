"""Where photographs were taken, of those of which a person asked to keep it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import chunks


def images_with_position(session: Session) -> set[int]:
    """The images of which it is known."""
    return set(session.scalars(select(schema.Position.image_id)))


def positions_of(session: Session, images: Iterable[int]) -> dict[int, tuple[float, float]]:
    """Latitude and longitude in degrees, north and east positive; images of which it is not known are left out."""
    statement = select(schema.Position.image_id, schema.Position.latitude, schema.Position.longitude)
    return {
        image: (latitude, longitude)
        for chunk in chunks(images)
        for image, latitude, longitude in session.execute(statement.where(schema.Position.image_id.in_(chunk)))
    }


def add_positions(session: Session, positions: Mapping[int, tuple[float, float]]) -> None:
    """Stores latitude and longitude in degrees of images of which it was not known."""
    rows = [
        {"image_id": image, "latitude": latitude, "longitude": longitude}
        for image, (latitude, longitude) in positions.items()
    ]
    if rows:
        session.execute(insert(schema.Position), rows)


def forget_positions(session: Session) -> int:
    """Forgets where every photograph was taken, and says of how many it was known."""
    return len(session.execute(delete(schema.Position).returning(schema.Position.image_id)).all())
