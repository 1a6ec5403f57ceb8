"""Pieces that statements of several topics share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.elements import FileDate

T = TypeVar("T")

CHUNK = 500
"""Values put into one statement, below SQLite's limit on variables."""

READ_AT_ONCE = 10_000
"""Rows that are fetched at once where all are read."""

ACTIVE = schema.Caption.state.in_(("proposed", "accepted"))
"""Whether a caption is shown and found."""

CONFIRMED = ACTIVE & ((schema.Caption.author == "person") | (schema.Caption.state == "accepted"))
"""Whether a person wrote or accepted a caption."""

PRECEDENCE = (
    schema.Caption.author,
    schema.Caption.state == "accepted",
    ~schema.Caption.imported,
    schema.Caption.created_at,
    schema.Caption.id,
)
"""Orders active captions by who goes before: last a person's, else one that a person accepted; of several those that
were typed here before imported ones, then the newest, whichever library it was written in."""


WHOLE = func.coalesce(
    select(schema.VideoMoment.video_id)
    .where(schema.VideoMoment.image_id == schema.Image.id)
    .correlate(schema.Image)
    .scalar_subquery(),
    schema.Image.id,
)
"""The number whose places are those of an image: of a moment its film's, else its own."""

FILE_DATE: ColumnElement[datetime] = FileDate(
    select(func.min(schema.Place.mtime_ns))
    .where(schema.Place.image_id == WHOLE)
    .correlate(schema.Image)
    .scalar_subquery()
)
"""When the oldest file of an image was last written, by the local clock; null of images without a place."""

DATE = func.coalesce(schema.Image.taken_at, FILE_DATE)
"""When an image was taken, else its file's date."""


def by_date(session: Session, images: Select[int], date: ColumnElement[datetime]) -> list[int]:
    """Reads numbers of images in the order of a date, the moments of a film, which have the same, in their own."""
    moment = schema.VideoMoment
    if session.scalar(select(moment.image_id).limit(1)) is None:
        return list(session.scalars(images.order_by(date, schema.Image.id)))
    in_film = func.coalesce(moment.video_id, 0), func.coalesce(moment.start_time, 0.0)
    statement = images.join(moment, moment.image_id == schema.Image.id, isouter=True)
    return list(session.scalars(statement.order_by(date, *in_film, schema.Image.id)))


def now() -> datetime:
    """The time, UTC, without a zone, as SQLite keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def described(model_key: str, image_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether a model has described an image, or all moments of a film, as part of a larger question."""
    of_model = schema.ImageVector.model_id == schema.Model.id, schema.Model.key == model_key
    return or_(
        exists().where(schema.ImageVector.image_id == image_id, *of_model),
        exists().where(schema.Video.image_id == image_id)
        & ~exists().where(
            schema.VideoMoment.video_id == image_id,
            ~exists().where(schema.ImageVector.image_id == schema.VideoMoment.image_id, *of_model),
        ),
    )


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Cuts items into lists of at most `CHUNK`."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
