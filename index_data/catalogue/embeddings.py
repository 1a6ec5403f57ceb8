"""The vectors that models gave images and captions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, exists, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from captioning.outputs import ModelIdentity
from index_data.catalogue import schema
from index_data.catalogue.annotation_records import UnembeddedCaption
from index_data.catalogue.fragments import ACTIVE, CONFIRMED, chunks
from index_data.catalogue.models import identity
from index_data.catalogue.records import VectorRows


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


def _newest(image_id: InstrumentedAttribute[int], model_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an image has a place, and no later model has described it."""
    later = aliased(schema.ImageVector)
    seen = exists().where(schema.Place.image_id == image_id)
    return seen & ~exists().where(later.image_id == image_id, later.model_id > model_id)


class ImageVectors:
    """A model's vectors of all images that have a place and that no later model has described."""

    def __init__(self, session: Session, model_key: str) -> None:
        self._session = session
        self._model = select(schema.Model.id).where(schema.Model.key == model_key).scalar_subquery()

    def ids(self) -> NDArray[np.int64]:
        """The numbers (N,), int64, of the images, rising."""
        rows = self._session.connection().execute(self._ids().order_by(schema.ImageVector.image_id))
        return np.fromiter((image for (image,) in rows), np.int64)

    def ids_among(self, images: Iterable[int]) -> NDArray[np.int64]:
        """Those of some images (any,), int64, in no order."""
        run, owner = self._session.connection().execute, schema.ImageVector.image_id
        rows = (row for chunk in chunks(images) for row in run(self._ids().where(owner.in_(chunk))))
        return np.fromiter((image for (image,) in rows), np.int64)

    def _ids(self) -> Select[int]:
        newest = _newest(schema.ImageVector.image_id, self._model)
        return select(schema.ImageVector.image_id).where(schema.ImageVector.model_id == self._model, newest)

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of some of them."""
        owner = schema.ImageVector.image_id
        statement = select(owner, schema.ImageVector.vector).where(schema.ImageVector.model_id == self._model)
        run = self._session.connection().execute
        return _unpacked(row for chunk in chunks(ids) for row in run(statement.where(owner.in_(chunk))))


class CaptionVectors:
    """A model's vectors of all active captions, of such images."""

    def __init__(self, session: Session, model_key: str) -> None:
        self._session = session
        self._model = select(schema.Model.id).where(schema.Model.key == model_key).scalar_subquery()

    def ids(self) -> NDArray[np.int64]:
        """The numbers (N,), int64, of the captions, rising."""
        rows = self._session.scalars(
            select(schema.Caption.id)
            .join(schema.CaptionVector, schema.CaptionVector.caption_id == schema.Caption.id)
            .where(
                schema.CaptionVector.model_id == self._model,
                ACTIVE,
                _newest(schema.Caption.image_id, self._model),
            )
            .order_by(schema.Caption.id)
        )
        return np.fromiter(rows, np.int64)

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of some of them."""
        owner = schema.CaptionVector.caption_id
        statement = select(owner, schema.CaptionVector.vector).where(schema.CaptionVector.model_id == self._model)
        run = self._session.connection().execute
        return _unpacked(row for chunk in chunks(ids) for row in run(statement.where(owner.in_(chunk))))


def image_vector(session: Session, image_id: int, model: ModelIdentity) -> NDArray[np.float32] | None:
    """The vector (D,), float32, unit norm, that a model gave an image; none if it has not described it."""
    rows = ImageVectors(session, model.id).read([image_id])
    return rows.vectors[0] if len(rows.ids) else None


def newest_vectors(session: Session, images: Iterable[int]) -> dict[int, tuple[int, NDArray[np.float32]]]:
    """Each image's vector (D,), float32, unit norm, by the newest model that described it, with the model's number."""
    statement = select(schema.ImageVector.image_id, schema.ImageVector.model_id, schema.ImageVector.vector)
    newest: dict[int, tuple[int, NDArray[np.float32]]] = {}
    for chunk in chunks(images):
        # The last one overwrites the others.
        rows = session.execute(
            statement.where(schema.ImageVector.image_id.in_(chunk)).order_by(schema.ImageVector.model_id)
        )
        newest.update({image: (model, np.frombuffer(vector, "<f4")) for image, model, vector in rows})
    return newest


VECTORS_OF: dict[str, type[ImageVectors] | type[CaptionVectors]] = {"images": ImageVectors, "captions": CaptionVectors}
"""What each kind of index holds."""


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
