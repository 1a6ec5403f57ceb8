"""The marks of images: how a person values them, without words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.conditions import NO_MARK
from index_data.catalogue.fragments import chunks


def put_mark(session: Session, images: Sequence[int], mark: str, value: str) -> None:
    """Gives images a mark, or takes it off them."""
    for chunk in chunks(images):
        session.execute(
            delete(schema.ImageMark).where(schema.ImageMark.name == mark, schema.ImageMark.image_id.in_(chunk))
        )
    if value != NO_MARK:
        session.execute(
            insert(schema.ImageMark), [{"image_id": image, "name": mark, "value": value} for image in images]
        )
