"""Models, and the vectors they made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from captioning.describer import ModelIdentity
from index_data import schema
from index_data.catalogue.statements import chunks
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


class ImageVectors:
    """A model's vectors of all images that have a place."""

    def __init__(self, session: Session, model_key: str) -> None:
        self._session = session
        self._model = select(schema.Model.id).where(schema.Model.key == model_key).scalar_subquery()

    def ids(self) -> NDArray[np.int64]:
        """The numbers of the images, rising."""
        seen = exists().where(schema.Place.image_id == schema.ImageVector.image_id)
        rows = self._session.scalars(
            select(schema.ImageVector.image_id)
            .where(schema.ImageVector.model_id == self._model, seen)
            .order_by(schema.ImageVector.image_id)
        )
        return np.fromiter(rows, np.int64)

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of some of them."""
        owner = schema.ImageVector.image_id
        statement = select(owner, schema.ImageVector.vector).where(schema.ImageVector.model_id == self._model)
        return _unpacked(row for some in chunks(ids) for row in self._session.execute(statement.where(owner.in_(some))))


class CaptionVectors:
    """A model's vectors of all captions, the rejected left out, whose image has a place."""

    def __init__(self, session: Session, model_key: str) -> None:
        self._session = session
        self._model = select(schema.Model.id).where(schema.Model.key == model_key).scalar_subquery()

    def ids(self) -> NDArray[np.int64]:
        """The numbers of the captions, rising."""
        seen = exists().where(schema.Place.image_id == schema.Caption.image_id)
        rows = self._session.scalars(
            select(schema.Caption.id)
            .join(schema.CaptionVector, schema.CaptionVector.caption_id == schema.Caption.id)
            .where(schema.CaptionVector.model_id == self._model, schema.Caption.state != "rejected", seen)
            .order_by(schema.Caption.id)
        )
        return np.fromiter(rows, np.int64)

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of some of them."""
        owner = schema.CaptionVector.caption_id
        statement = select(owner, schema.CaptionVector.vector).where(schema.CaptionVector.model_id == self._model)
        return _unpacked(row for some in chunks(ids) for row in self._session.execute(statement.where(owner.in_(some))))


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
