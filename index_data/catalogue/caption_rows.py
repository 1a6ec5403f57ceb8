"""The captions of images with all that is known of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.annotation_records import NewCaption
from index_data.catalogue.fragments import CONFIRMED, chunks, now
from index_data.catalogue.image_records import paths_of_images
from index_data.catalogue.records import CaptionRecord


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
