"""The marks of images: how a person values them, without words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.conditions import NO_MARK, Mark
from index_data.catalogue.fragments import chunks


def marks_of(session: Session, images: Sequence[int]) -> dict[int, dict[Mark, str]]:
    """The marks of images; those that have none are left out."""
    marks: dict[int, dict[Mark, str]] = defaultdict(dict)
    for chunk in chunks(images):
        rows = session.execute(
            select(schema.ImageMark.image_id, schema.ImageMark.name, schema.ImageMark.value)
            .where(schema.ImageMark.image_id.in_(chunk))
            .order_by(schema.ImageMark.image_id, schema.ImageMark.name)
        )
        for image, name, value in rows:
            marks[image][Mark(name)] = value
    return dict(marks)


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
