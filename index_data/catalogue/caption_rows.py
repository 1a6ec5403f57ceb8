"""The captions of images with all that is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.annotation_records import EmbeddedCaption, NewCaption, StoredCaption
from index_data.catalogue.fragments import ACTIVE, CONFIRMED, PRECEDENCE, chunks, now
from index_data.catalogue.image_records import paths_of_images
from index_data.catalogue.records import CaptionRecord

_STORED = select(
    schema.Caption.id,
    schema.Caption.image_id,
    schema.Caption.text,
    schema.Caption.author,
    schema.Model.key,
    schema.Caption.state,
    schema.Caption.confidence,
    schema.Caption.created_at,
    schema.Caption.origin_id,
    schema.Caption.imported,
).outerjoin(schema.Model, schema.Model.id == schema.Caption.model_id)


def _stored(row: Sequence[Any]) -> StoredCaption:
    return StoredCaption(*row)


def captions_of(session: Session, images: Sequence[int]) -> dict[int, tuple[StoredCaption, ...]]:
    """Every caption of images, the one that is shown first and those that are no longer active last."""
    by_image: dict[int, list[StoredCaption]] = defaultdict(list)
    statement = _STORED.order_by(ACTIVE.desc(), *(part.desc() for part in PRECEDENCE))
    for chunk in chunks(images):
        for row in session.execute(statement.where(schema.Caption.image_id.in_(chunk))):
            by_image[row.image_id].append(_stored(row))
    return {image: tuple(captions) for image, captions in by_image.items()}


def judged_captions(session: Session) -> list[StoredCaption]:
    """The captions that people accepted, edited, rejected or wrote, of all images, in order of their numbers."""
    judged = (schema.Caption.author == "person") | schema.Caption.state.in_(("accepted", "edited", "rejected"))
    rows = session.execute(_STORED.where(judged).order_by(schema.Caption.id))
    return [_stored(row) for row in rows]


def reviewed_images(session: Session) -> list[int]:
    """The images that have a place and a caption that a person confirmed, in order."""
    seen = exists().where(schema.Sighting.image_id == schema.Caption.image_id)
    statement = select(schema.Caption.image_id).where(CONFIRMED, seen).distinct()
    return list(session.scalars(statement.order_by(schema.Caption.image_id)))


def embedded_captions(session: Session, images: Sequence[int], model_key: str) -> Iterator[EmbeddedCaption]:
    """The captions that are shown of images, with the vectors that a model gave both; the others are left out."""
    model = select(schema.Model.id).where(schema.Model.key == model_key).scalar_subquery()
    statement = (
        select(
            schema.Caption.image_id,
            schema.Caption.confidence,
            schema.ImageVector.vector,
            schema.CaptionVector.vector,
        )
        .join(schema.CaptionVector, schema.CaptionVector.caption_id == schema.Caption.id)
        .join(schema.ImageVector, schema.ImageVector.image_id == schema.Caption.image_id)
        .where(ACTIVE, schema.CaptionVector.model_id == model, schema.ImageVector.model_id == model)
        .order_by(*PRECEDENCE)
    )
    for chunk in chunks(images):
        rows = session.execute(statement.where(schema.Caption.image_id.in_(chunk)))
        # The last one overwrites the others.
        for image, confidence, picture, sentence in {row[0]: row for row in rows}.values():
            yield EmbeddedCaption(image, confidence, np.frombuffer(picture, "<f4"), np.frombuffer(sentence, "<f4"))


def add_captions(session: Session, captions: Sequence[NewCaption]) -> list[int]:
    """Adds captions that are not active yet, and gives their numbers in order; an action makes them active."""
    if not captions:
        return []
    created_at = now()
    rows = [
        {
            "image_id": new.image_id,
            "text": new.text,
            "author": new.author,
            "model_id": new.model_id,
            "state": "withdrawn",
            "confidence": new.confidence,
            "created_at": created_at,
            "imported": new.imported,
            "origin_id": new.origin_id,
        }
        for new in captions
    ]
    statement = insert(schema.Caption).returning(schema.Caption.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))


def confirmed_captions(session: Session, images: Sequence[int]) -> dict[int, int]:
    """The confirmed captions of images, each with its image."""
    statement = select(schema.Caption.id, schema.Caption.image_id).where(CONFIRMED)
    return {
        caption: image
        for chunk in chunks(images)
        for caption, image in session.execute(statement.where(schema.Caption.image_id.in_(chunk)))
    }


def captions(session: Session, ids: Sequence[int]) -> dict[int, CaptionRecord]:
    """The captions of these numbers whose image has a place."""
    texts: dict[int, tuple[int, str]] = {}
    for chunk in chunks(ids):
        rows = session.execute(
            select(schema.Caption.id, schema.Caption.image_id, schema.Caption.text).where(schema.Caption.id.in_(chunk))
        )
        texts.update({key: (image, text) for key, image, text in rows})
    paths = paths_of_images(session, [image for image, _ in texts.values()])
    return {
        key: CaptionRecord(key, image, text, paths[image]) for key, (image, text) in texts.items() if image in paths
    }
