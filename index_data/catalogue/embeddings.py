"""Models, and the vectors they made."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from captioning.describer import ModelIdentity
from index_data import schema
from index_data.records import VectorRows


def model_row(session: Session, identity: ModelIdentity) -> int:
    """The number of a model in this catalogue, which is given when it is first used."""
    known = session.scalar(select(schema.Model.id).where(schema.Model.key == identity.id))
    if known is not None:
        return known
    row = schema.Model(key=identity.id, digest=identity.digest, dimension=identity.dimension)
    session.add(row)
    session.flush()
    return row.id


def image_vectors(session: Session, model_key: str) -> VectorRows:
    """A model's vectors of all images that have a place."""
    seen = exists().where(schema.Place.image_id == schema.ImageVector.image_id)
    rows = session.execute(
        select(schema.ImageVector.image_id, schema.ImageVector.vector)
        .join(schema.Model, schema.Model.id == schema.ImageVector.model_id)
        .where(schema.Model.key == model_key, seen)
        .order_by(schema.ImageVector.image_id)
    )
    return _unpacked(rows)


def caption_vectors(session: Session, model_key: str) -> VectorRows:
    """A model's vectors of all captions, the rejected left out, whose image has a place."""
    seen = exists().where(schema.Place.image_id == schema.Caption.image_id)
    rows = session.execute(
        select(schema.Caption.id, schema.CaptionVector.vector)
        .join(schema.CaptionVector, schema.CaptionVector.caption_id == schema.Caption.id)
        .join(schema.Model, schema.Model.id == schema.CaptionVector.model_id)
        .where(schema.Model.key == model_key, schema.Caption.state != "rejected", seen)
        .order_by(schema.Caption.id)
    )
    return _unpacked(rows)


def packed(vector: NDArray[np.float32]) -> bytes:
    """A vector (D,), float32, as the catalogue keeps it."""
    return vector.astype("<f4").tobytes()


def _unpacked(rows: Iterable[tuple[int, bytes]]) -> VectorRows:
    # Into one buffer as they come: at a million vectors, every further copy is gigabytes.
    ids: list[int] = []
    flat = bytearray()
    for key, vector in rows:
        ids.append(key)
        flat += vector
    shape = (len(ids), -1) if ids else (0, 0)
    vectors = np.frombuffer(flat, dtype="<f4").astype(np.float32, copy=False).reshape(shape)
    return VectorRows(np.array(ids, dtype=np.int64), vectors)
