"""The tags of images: people's words for them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema


def known_tags(session: Session) -> list[str]:
    """Every tag of an image, the most used first."""
    names = select(schema.Tag.name).group_by(schema.Tag.name)
    return list(session.scalars(names.order_by(func.count().desc(), schema.Tag.name)))
