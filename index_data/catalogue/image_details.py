"""All that is known of single images, for whoever looks at one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.album_rows import albums_of
from index_data.catalogue.caption_facts import captions_of
from index_data.catalogue.fragments import chunks
from index_data.catalogue.image_records import dates_of, marks_of
from index_data.catalogue.image_words import tags_of
from index_data.catalogue.records import ImageDetails, SeenFile, SeenImage
from index_data.catalogue.video_facts import moments_among, moments_of, videos_among


def seen_images(session: Session, ids: Sequence[int]) -> dict[int, SeenImage]:
    """The content and the files of images; those without a place are left out."""
    moments = moments_among(session, ids)
    seen = _seen(session, schema.Sighting, ids)
    return {image: replace(one, moment=moments[image][0]) if image in moments else one for image, one in seen.items()}


def seen_videos(session: Session, ids: Sequence[int]) -> dict[int, SeenImage]:
    """The content and the files of films; what is no film, and films without a place, are left out."""
    return _seen(session, schema.Place, list(videos_among(session, ids)))


def _seen(
    session: Session, places: type[schema.Sighting] | type[schema.Place], ids: Sequence[int]
) -> dict[int, SeenImage]:
    files: dict[int, list[SeenFile]] = defaultdict(list)
    hashes: dict[int, bytes] = {}
    for chunk in chunks(ids):
        rows = session.execute(
            select(
                places.image_id,
                schema.Image.content_hash,
                places.path,
                places.byte_size,
                places.mtime_ns,
            )
            .join(schema.Image, schema.Image.id == places.image_id)
            .where(places.image_id.in_(chunk))
            .order_by(places.path)
        )
        for image, content, path, byte_size, mtime_ns in rows:
            hashes[image] = content
            files[image].append(SeenFile(path, byte_size, mtime_ns))
    return {image: SeenImage(image, hashes[image], tuple(files_of_image)) for image, files_of_image in files.items()}


def details(session: Session, image_id: int) -> ImageDetails | None:
    """Everything about an image; nothing if it has no place."""
    seen = seen_images(session, [image_id]).get(image_id)
    row = session.get(schema.Image, image_id)
    if seen is None or row is None:
        return None
    film = moments_among(session, [image_id]).get(image_id)
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
        video=film[1] if film else None,
        moments=moments_of(session, film[1].video_id) if film else {},
    )


def _alike(session: Session, row: schema.Image) -> tuple[int, ...]:
    """Other images that have a place and the same perceptual hash, and are not of the same film."""
    if row.perceptual_hash is None:
        return ()
    seen = exists().where(schema.Sighting.image_id == schema.Image.id)
    same = schema.Image.perceptual_hash == row.perceptual_hash
    alike = session.scalars(select(schema.Image.id).where(same, seen, schema.Image.id != row.id).limit(50)).all()
    moments = moments_among(session, [row.id, *alike])
    own = moments[row.id][1] if row.id in moments else None
    return tuple(image for image in alike if image not in moments or moments[image][1] != own)
