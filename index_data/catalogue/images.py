"""Images and what is said of them: captions and keywords."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from captioning.describer import Description
from index_data import schema
from index_data.catalogue.embeddings import packed
from index_data.catalogue.statements import chunks, described, now
from index_data.records import CaptionRecord, ImageFacts, ImageRecord


def known_hashes(session: Session, model_key: str) -> dict[bytes, tuple[int, bool]]:
    """Every image's content hash, with its number and whether the model has described it."""
    rows = session.execute(select(schema.Image.content_hash, schema.Image.id, described(model_key, schema.Image.id)))
    return {content: (image, bool(done)) for content, image, done in rows}


def add_image(session: Session, content_hash: bytes, byte_size: int, facts: ImageFacts) -> int:
    """Adds an image that no path shows yet, and gives its number."""
    row = schema.Image(
        content_hash=content_hash,
        byte_size=byte_size,
        width=facts.width,
        height=facts.height,
        format=facts.format,
        taken_at=facts.taken_at,
        camera=facts.camera,
        added_at=now(),
    )
    session.add(row)
    session.flush()
    return row.id


def describe_image(session: Session, image_id: int, model_id: int, description: Description) -> None:
    """Stores what a model says of an image, in place of what models said before; a person's words stay."""
    session.execute(
        delete(schema.Caption).where(
            schema.Caption.image_id == image_id, schema.Caption.author == "model", schema.Caption.state == "proposed"
        )
    )
    session.execute(delete(schema.Keyword).where(schema.Keyword.image_id == image_id))
    session.execute(delete(schema.ImageVector).where(schema.ImageVector.image_id == image_id))
    caption = schema.Caption(
        image_id=image_id,
        text=description.caption.text,
        author="model",
        model_id=model_id,
        state="proposed",
        confidence=description.caption.confidence,
        created_at=now(),
    )
    session.add(caption)
    session.add_all(
        schema.Keyword(image_id=image_id, model_id=model_id, word=keyword.word, probability=keyword.probability)
        for keyword in description.keywords
    )
    session.add(schema.ImageVector(image_id=image_id, model_id=model_id, vector=packed(description.embedding)))
    session.flush()
    vector = packed(description.caption_embedding)
    session.add(schema.CaptionVector(caption_id=caption.id, model_id=model_id, vector=vector))


def images(session: Session, ids: Sequence[int]) -> dict[int, ImageRecord]:
    """The images of these numbers that have a place."""
    paths = _paths(session, ids)
    captions: dict[int, str] = {}
    keywords: dict[int, list[str]] = defaultdict(list)
    for some in chunks(ids):
        # The last one overwrites the others: a person's, else one that a person accepted, else the newest.
        rows = session.execute(
            select(schema.Caption.image_id, schema.Caption.text)
            .where(schema.Caption.image_id.in_(some), schema.Caption.state != "rejected")
            .order_by(schema.Caption.author, schema.Caption.state == "accepted", schema.Caption.id)
        )
        captions.update({image: text for image, text in rows})
        words = session.execute(
            select(schema.Keyword.image_id, schema.Keyword.word)
            .where(schema.Keyword.image_id.in_(some))
            .order_by(schema.Keyword.probability.desc())
        )
        for image, word in words:
            keywords[image].append(word)
    return {
        image: ImageRecord(image, places, captions.get(image, ""), tuple(keywords[image]))
        for image, places in paths.items()
    }


def captions(session: Session, ids: Sequence[int]) -> dict[int, CaptionRecord]:
    """The captions of these numbers whose image has a place."""
    found: dict[int, tuple[int, str]] = {}
    for some in chunks(ids):
        rows = session.execute(
            select(schema.Caption.id, schema.Caption.image_id, schema.Caption.text).where(schema.Caption.id.in_(some))
        )
        found.update({key: (image, text) for key, image, text in rows})
    paths = _paths(session, [image for image, _ in found.values()])
    return {
        key: CaptionRecord(key, image, text, paths[image]) for key, (image, text) in found.items() if image in paths
    }


def _paths(session: Session, ids: Sequence[int]) -> dict[int, tuple[bytes, ...]]:
    paths: dict[int, list[bytes]] = defaultdict(list)
    for some in chunks(ids):
        rows = session.execute(
            select(schema.Place.image_id, schema.Place.path)
            .where(schema.Place.image_id.in_(some))
            .order_by(schema.Place.path)
        )
        for image, path in rows:
            paths[image].append(path)
    return {image: tuple(places) for image, places in paths.items()}
