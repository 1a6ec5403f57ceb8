"""The tags of images: people's words for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import chunks


def tags_of(session: Session, images: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of images, in order."""
    tags: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks(images):
        rows = session.execute(
            select(schema.Tag.image_id, schema.Tag.name).where(schema.Tag.image_id.in_(chunk)).order_by(schema.Tag.name)
        )
        for image, name in rows:
            tags[image].append(name)
    return {image: tuple(names) for image, names in tags.items()}


def known_tags(session: Session) -> list[str]:
    """Every tag of an image, the most used first."""
    names = select(schema.Tag.name).group_by(schema.Tag.name)
    return list(session.scalars(names.order_by(func.count().desc(), schema.Tag.name)))
