"""Stores the vectors that models gave captions, and tells which captions lack one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.annotation_records import UnembeddedCaption
from index_data.catalogue.answering import identity
from index_data.catalogue.fragments import ACTIVE, CONFIRMED, chunks


def captions_without_vector(session: Session, images: Sequence[int], *, model_id: int) -> dict[int, str]:
    """The confirmed captions of images that a model has not embedded yet, by number."""
    embedded = exists().where(
        schema.CaptionVector.caption_id == schema.Caption.id, schema.CaptionVector.model_id == model_id
    )
    return {
        caption: text
        for chunk in chunks(images)
        for caption, text in session.execute(
            select(schema.Caption.id, schema.Caption.text).where(
                schema.Caption.image_id.in_(chunk), CONFIRMED, ~embedded
            )
        )
    }


def unembedded_captions(session: Session, images: Sequence[int]) -> list[UnembeddedCaption]:
    """The captions of images that the newest model which described the image ought to have embedded, and has not."""
    newest = (
        select(func.max(schema.ImageVector.model_id))
        .where(schema.ImageVector.image_id == schema.Caption.image_id)
        .correlate(schema.Caption)
        .scalar_subquery()
    )
    embedded = exists().where(
        schema.CaptionVector.caption_id == schema.Caption.id, schema.CaptionVector.model_id == schema.Model.id
    )
    statement = (
        select(schema.Caption.id, schema.Caption.text, schema.Model.id, schema.Model.key, schema.Model.digest)
        .add_columns(schema.Model.dimension)
        .join(schema.Model, schema.Model.id == newest)
        .where(CONFIRMED | (ACTIVE & (schema.Caption.model_id == schema.Model.id)), ~embedded)
    )
    return [
        UnembeddedCaption(caption, text, row_id, identity(key, digest, dimension))
        for chunk in chunks(images)
        for caption, text, row_id, key, digest, dimension in session.execute(
            statement.where(schema.Caption.image_id.in_(chunk))
        )
    ]


def put_caption_vectors(
    session: Session, captions: Sequence[int], vectors: NDArray[np.float32], *, model_id: int
) -> None:
    """Stores a model's vectors (captions, D), float32, of captions."""
    rows = [
        {"caption_id": caption, "model_id": model_id, "vector": packed(vector)}
        for caption, vector in zip(captions, vectors, strict=True)
    ]
    if rows:
        session.execute(insert(schema.CaptionVector), rows)


def packed(vector: NDArray[np.float32]) -> bytes:
    """A vector (D,), float32, as the catalogue keeps it."""
    return vector.astype("<f4").tobytes()
