"""All that is known of single images, for whoever looks at one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.album_rows import albums_of
from index_data.catalogue.caption_rows import captions_of
from index_data.catalogue.fragments import chunks
from index_data.catalogue.image_records import dates_of, marks_of
from index_data.catalogue.records import ImageDetails, SeenFile, SeenImage
from index_data.catalogue.tags import tags_of


def seen_images(session: Session, ids: Sequence[int]) -> dict[int, SeenImage]:
    """The content and the files of images; those without a place are left out."""
    files: dict[int, list[SeenFile]] = defaultdict(list)
    hashes: dict[int, bytes] = {}
    for chunk in chunks(ids):
        rows = session.execute(
            select(
                schema.Sighting.image_id,
                schema.Image.content_hash,
                schema.Sighting.path,
                schema.Sighting.byte_size,
                schema.Sighting.mtime_ns,
            )
            .join(schema.Image, schema.Image.id == schema.Sighting.image_id)
            .where(schema.Sighting.image_id.in_(chunk))
            .order_by(schema.Sighting.path)
        )
        for image, content, path, byte_size, mtime_ns in rows:
            hashes[image] = content
            files[image].append(SeenFile(path, byte_size, mtime_ns))
    return {image: SeenImage(image, hashes[image], tuple(seen)) for image, seen in files.items()}


def details(session: Session, image_id: int) -> ImageDetails | None:
    """Everything about an image; nothing if it has no place."""
    seen = seen_images(session, [image_id]).get(image_id)
    row = session.get(schema.Image, image_id)
    if seen is None or row is None:
        return None
    newest = (
        select(func.max(schema.ImageKeyword.model_id)).where(schema.ImageKeyword.image_id == image_id).scalar_subquery()
    )
    keywords = session.execute(
        select(schema.ImageKeyword.word, schema.ImageKeyword.probability)
        .where(schema.ImageKeyword.image_id == image_id, schema.ImageKeyword.model_id == newest)
        .order_by(schema.ImageKeyword.probability.desc())
    )
    return ImageDetails(
        seen=seen,
        byte_size=row.byte_size,
        width=row.width,
        height=row.height,
        format=row.format,
        taken_at=row.taken_at,
        camera=row.camera,
        added_at=row.added_at,
        captions=tuple(caption for caption in captions_of(session, [image_id]).get(image_id, ()) if caption.active),
        keywords=tuple((word, probability) for word, probability in keywords),
        tags=tags_of(session, [image_id]).get(image_id, ()),
        marks=marks_of(session, [image_id]).get(image_id, {}),
        albums=albums_of(session, [image_id]).get(image_id, ()),
        date=dates_of(session, [image_id])[image_id],
        alike=_alike(session, row),
    )


def _alike(session: Session, row: schema.Image) -> tuple[int, ...]:
    """Other images that have a place and the same perceptual hash."""
    if row.perceptual_hash is None:
        return ()
    seen = exists().where(schema.Sighting.image_id == schema.Image.id)
    same = schema.Image.perceptual_hash == row.perceptual_hash
    return tuple(session.scalars(select(schema.Image.id).where(same, seen, schema.Image.id != row.id).limit(50)))
