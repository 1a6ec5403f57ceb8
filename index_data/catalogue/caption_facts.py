"""The captions of images with all that is known of them, as they are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index_data.catalogue.annotation_records import EmbeddedCaption, StoredCaption
from index_data.catalogue.sql_parts import ACTIVE, AMONG, CONFIRMED, PRECEDENCE, listed, stored_time
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_STORED = (
    "SELECT caption.id, image_id, text, author, key, state, confidence, created_at, origin_id, imported"
    " FROM caption LEFT JOIN model ON model.id = caption.model_id"
)
_BEST_FIRST = ", ".join(f"({part}) DESC" for part in (ACTIVE, *PRECEDENCE.split(", ")))
_JUDGED = "author = 'person' OR state IN ('accepted', 'edited', 'rejected')"
_PLACED = "EXISTS (SELECT 1 FROM sighting WHERE sighting.image_id = caption.image_id)"
_OF_MODEL = "(SELECT id FROM model WHERE key = ?)"
_EMBEDDED = (
    "SELECT caption.image_id, confidence, image_vector.vector, caption_vector.vector FROM caption"
    " JOIN caption_vector ON caption_vector.caption_id = caption.id"
    " JOIN image_vector ON image_vector.image_id = caption.image_id"
    f" WHERE {ACTIVE} AND caption_vector.model_id = {_OF_MODEL} AND image_vector.model_id = {_OF_MODEL}"
    f" AND caption.image_id {AMONG} ORDER BY {PRECEDENCE}"
)


def _stored(row: Sequence[Any]) -> StoredCaption:
    number, image, text, author, model, state, confidence, written, origin, imported = row
    created_at = stored_time(written)
    assert created_at is not None
    return StoredCaption(number, image, text, author, model, state, confidence, created_at, origin, bool(imported))


def captions_of(session: Session, images: Sequence[int]) -> dict[int, tuple[StoredCaption, ...]]:
    """Every caption of images, the one that is shown first and those that are no longer active last."""
    by_image: dict[int, list[StoredCaption]] = defaultdict(list)
    for row in run(session, f"{_STORED} WHERE image_id {AMONG} ORDER BY {_BEST_FIRST}", [listed(images)]):
        by_image[row[1]].append(_stored(row))
    return {image: tuple(captions) for image, captions in by_image.items()}


def judged_captions(session: Session) -> list[StoredCaption]:
    """The captions that people accepted, edited, rejected or wrote, of all images, in order of their numbers."""
    return [_stored(row) for row in run(session, f"{_STORED} WHERE {_JUDGED} ORDER BY caption.id")]


def reviewed_images(session: Session) -> list[int]:
    """The images that have a place and a caption that a person confirmed, in order."""
    statement = f"SELECT DISTINCT image_id FROM caption WHERE {CONFIRMED} AND {_PLACED} ORDER BY image_id"
    return [image for (image,) in run(session, statement)]


def embedded_captions(session: Session, images: Sequence[int], model_key: str) -> Iterator[EmbeddedCaption]:
    """The captions that are shown of images, with the vectors that a model gave both; the others are left out."""
    rows = run(session, _EMBEDDED, [model_key, model_key, listed(images)])
    # The last one overwrites the others.
    for image, confidence, picture, sentence in {row[0]: row for row in rows}.values():
        yield EmbeddedCaption(image, confidence, np.frombuffer(picture, "<f4"), np.frombuffer(sentence, "<f4"))
