"""Images and what is said of them: captions and keywords."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from captioning.outputs import Description
from index_data.catalogue import schema
from index_data.catalogue.content_index import KnownContents
from index_data.catalogue.embeddings import packed
from index_data.catalogue.fragments import READ_AT_ONCE, chunks, described, now
from index_data.catalogue.records import ImageFacts

_SPOKEN = or_(
    exists().where(
        schema.Caption.image_id == schema.Image.id,
        (schema.Caption.author == "person") | (schema.Caption.state != "proposed"),
    ),
    *(
        exists().where(owner == schema.Image.id)
        for owner in (schema.Tag.image_id, schema.ImageMark.image_id, schema.AlbumImage.image_id)
    ),
    exists().where(schema.ProposedTag.image_id == schema.Image.id, schema.ProposedTag.state != "proposed"),
)
"""Whether a person ever said anything of an image."""


def known_contents(session: Session, model_key: str) -> KnownContents:
    """The contents of all images, each with its number and whether the model has described it."""
    image = schema.Image
    statement = select(image.content_hash, image.id, described(model_key, image.id)).order_by(image.content_hash)
    # A piece at a time, by the connection, which makes no more of a row than it is: there may be millions.
    rows = session.connection().execute(statement, execution_options={"yield_per": READ_AT_ONCE})
    return KnownContents((content, number, bool(done)) for content, number, done in rows)


def content_sizes(session: Session) -> list[tuple[bytes, int]]:
    """Every image's content hash, and the bytes of that content."""
    rows = session.execute(select(schema.Image.content_hash, schema.Image.byte_size))
    return [(content, byte_size) for content, byte_size in rows]


def add_images(session: Session, images: Sequence[tuple[bytes, int, ImageFacts]]) -> dict[bytes, int]:
    """Adds images that no path shows yet, each with content hash, bytes and facts; gives their numbers by hash."""
    added_at = now()
    rows = [
        {"content_hash": content, "byte_size": byte_size, **asdict(facts), "added_at": added_at}
        for content, byte_size, facts in images
    ]
    if not rows:
        return {}
    statement = insert(schema.Image).returning(schema.Image.content_hash, schema.Image.id)
    return {content: image for content, image in session.execute(statement, rows)}


def describe_images(session: Session, descriptions: Mapping[int, Description], *, model_id: int) -> None:
    """Stores what a model says of images it has not described yet, beside what others said."""
    if not descriptions:
        return
    created_at = now()
    captions = [
        {
            "image_id": image,
            "text": description.caption.text,
            "author": "model",
            "model_id": model_id,
            "state": "proposed",
            "confidence": description.caption.confidence,
            "created_at": created_at,
        }
        for image, description in descriptions.items()
    ]
    statement = insert(schema.Caption).returning(schema.Caption.id, schema.Caption.image_id)
    caption_vectors = [
        {"caption_id": caption, "model_id": model_id, "vector": packed(descriptions[image].caption_embedding)}
        for caption, image in session.execute(statement, captions)
    ]
    image_vectors = [
        {"image_id": image, "model_id": model_id, "vector": packed(description.embedding)}
        for image, description in descriptions.items()
    ]
    keywords = [
        {"image_id": image, "model_id": model_id, "word": keyword.word, "probability": keyword.probability}
        for image, description in descriptions.items()
        for keyword in description.keywords
    ]
    session.execute(insert(schema.CaptionVector), caption_vectors)
    session.execute(insert(schema.ImageVector), image_vectors)
    if keywords:
        session.execute(insert(schema.ImageKeyword), keywords)


def images_of_content(session: Session, hashes: Iterable[bytes]) -> dict[bytes, int]:
    """The numbers of the images of these contents, those left out that were never seen."""
    images: dict[bytes, int] = {}
    for chunk in chunks(hashes):
        rows = session.execute(
            select(schema.Image.content_hash, schema.Image.id).where(schema.Image.content_hash.in_(chunk))
        )
        images.update({content: image for content, image in rows})
    return images


def images_without_place(session: Session, *, everything: bool) -> list[int]:
    """The images that have no place; unless `everything`, only those of which no person ever said anything.

    A film and all of its moments count as one image.
    """
    whole = func.coalesce(schema.VideoMoment.video_id, schema.Image.id)
    of_moments = schema.VideoMoment.image_id == schema.Image.id
    statement = (
        select(schema.Image.id)
        .join(schema.VideoMoment, of_moments, isouter=True)
        .where(~exists().where(schema.Place.image_id == whole))
    )
    if not everything:
        spoken = select(whole).select_from(schema.Image).join(schema.VideoMoment, of_moments, isouter=True)
        statement = statement.where(whole.not_in(spoken.where(_SPOKEN)))
    return list(session.scalars(statement.order_by(schema.Image.id)))


def spoken_of_images(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of some images of which a person said anything, in words, marks or albums."""
    return {
        image
        for chunk in chunks(ids)
        for image in session.scalars(select(schema.Image.id).where(schema.Image.id.in_(chunk), _SPOKEN))
    }


def forget_images(session: Session, ids: Sequence[int]) -> None:
    """Forgets images with everything that is said of them, and of films the moments."""
    for chunk in chunks(ids):
        moments = select(schema.VideoMoment.image_id).where(schema.VideoMoment.video_id.in_(chunk))
        session.execute(delete(schema.Image).where(schema.Image.id.in_(moments)))
        session.execute(delete(schema.Image).where(schema.Image.id.in_(chunk)))


def perceptual_hashes(session: Session, ids: Sequence[int] | None = None) -> dict[int, int]:
    """The perceptual hashes, signed numbers of 64 bits, of images or of all; those that have none are left out."""
    statement = select(schema.Image.id, schema.Image.perceptual_hash)
    parts = [statement] if ids is None else [statement.where(schema.Image.id.in_(chunk)) for chunk in chunks(ids)]
    return {image: number for part in parts for image, number in session.execute(part) if number is not None}
