"""Reads the vectors that models gave images and captions.

Axis legend: N images or captions, D joint size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data.catalogue.records import VectorRows
from index_data.catalogue.sql_parts import ACTIVE, AMONG, listed
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_OF_MODEL = "model_id = (SELECT id FROM model WHERE key = ?)"

NEWEST = (
    "EXISTS (SELECT 1 FROM sighting WHERE sighting.image_id = {owner})"
    " AND NOT EXISTS (SELECT 1 FROM image_vector AS later"
    " WHERE later.image_id = {owner} AND later.model_id > {vectors}.model_id)"
)
"""Whether an image has a place, and no later model has described it."""


class ImageVectors:
    """A model's vectors of all images that have a place and that no later model has described."""

    _IDS: Final = (
        f"SELECT image_id FROM image_vector WHERE {_OF_MODEL}"
        f" AND {NEWEST.format(owner='image_vector.image_id', vectors='image_vector')}"
    )

    def __init__(self, session: Session, model_key: str) -> None:
        self._session, self._model = session, model_key

    def ids(self) -> NDArray[np.int64]:
        """The numbers (N,), int64, of the images, rising."""
        rows = run(self._session, f"{self._IDS} ORDER BY image_id", [self._model])
        return np.fromiter((image for (image,) in rows), np.int64)

    def ids_among(self, images: Iterable[int]) -> NDArray[np.int64]:
        """Those of some images (any,), int64, in no order."""
        rows = run(self._session, f"{self._IDS} AND image_id {AMONG}", [self._model, listed(images)])
        return np.fromiter((image for (image,) in rows), np.int64)

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of some of them."""
        statement = f"SELECT image_id, vector FROM image_vector WHERE {_OF_MODEL} AND image_id {AMONG}"
        return _unpacked(run(self._session, statement, [self._model, listed(ids)]))


class CaptionVectors:
    """A model's vectors of all active captions, of such images."""

    _IDS: Final = (
        "SELECT caption.id FROM caption JOIN caption_vector ON caption_vector.caption_id = caption.id"
        f" WHERE caption_vector.{_OF_MODEL} AND {ACTIVE}"
        f" AND {NEWEST.format(owner='caption.image_id', vectors='caption_vector')} ORDER BY caption.id"
    )

    def __init__(self, session: Session, model_key: str) -> None:
        self._session, self._model = session, model_key

    def ids(self) -> NDArray[np.int64]:
        """The numbers (N,), int64, of the captions, rising."""
        rows = run(self._session, self._IDS, [self._model])
        return np.fromiter((caption for (caption,) in rows), np.int64)

    def read(self, ids: Sequence[int]) -> VectorRows:
        """The vectors of some of them."""
        statement = f"SELECT caption_id, vector FROM caption_vector WHERE {_OF_MODEL} AND caption_id {AMONG}"
        return _unpacked(run(self._session, statement, [self._model, listed(ids)]))


VECTORS_OF: Final[dict[str, type[ImageVectors] | type[CaptionVectors]]] = {
    "images": ImageVectors,
    "captions": CaptionVectors,
}
"""What each kind of index holds."""


def image_vector(session: Session, image_id: int, model: ModelIdentity) -> NDArray[np.float32] | None:
    """The vector (D,), float32, unit norm, that a model gave an image; none if it has not described it."""
    rows = ImageVectors(session, model.id).read([image_id])
    return rows.vectors[0] if len(rows.ids) else None


def newest_vectors(session: Session, images: Iterable[int]) -> dict[int, tuple[int, NDArray[np.float32]]]:
    """Each image's vector (D,), float32, unit norm, by the newest model that described it, with the model's number."""
    statement = f"SELECT image_id, model_id, vector FROM image_vector WHERE image_id {AMONG} ORDER BY model_id"
    # The last one overwrites the others.
    return {
        image: (model, np.frombuffer(vector, "<f4"))
        for image, model, vector in run(session, statement, [listed(images)])
    }


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
