"""Everything that is said of images in words, by who says it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import ACTIVE, CONFIRMED, chunks
from index_data.catalogue.records import ImageWords


def words_of(session: Session, images: Sequence[int]) -> dict[int, ImageWords]:
    """What captions, keywords, tags and paths say of images."""
    texts_by_source: dict[str, dict[int, list[str]]] = {
        name: defaultdict(list) for name in ("proposed", "confirmed", "tags", "paths")
    }
    keywords: dict[int, dict[str, float]] = defaultdict(dict)
    # By the connection, which makes no more of a row than it is: every candidate of a query is read.
    run = session.connection().execute
    for chunk in chunks(images):
        captions = select(schema.Caption.image_id, schema.Caption.text, CONFIRMED).where(ACTIVE)
        for image, text, confirmed in run(captions.where(schema.Caption.image_id.in_(chunk))):
            texts_by_source["confirmed" if confirmed else "proposed"][image].append(text)
        tags = select(schema.Tag.image_id, schema.Tag.name).where(schema.Tag.image_id.in_(chunk))
        for image, name in run(tags.order_by(schema.Tag.name)):
            texts_by_source["tags"][image].append(name)
        places = select(schema.Place.image_id, schema.Place.path).where(schema.Place.image_id.in_(chunk))
        for image, path in run(places.order_by(schema.Place.path)):
            texts_by_source["paths"][image].append(path.decode("utf-8", "replace"))
        newest = (
            select(schema.ImageKeyword.image_id, func.max(schema.ImageKeyword.model_id).label("model_id"))
            .where(schema.ImageKeyword.image_id.in_(chunk))
            .group_by(schema.ImageKeyword.image_id)
            .subquery()
        )
        words = select(schema.ImageKeyword.image_id, schema.ImageKeyword.word, schema.ImageKeyword.probability).join(
            newest,
            (newest.c.image_id == schema.ImageKeyword.image_id) & (newest.c.model_id == schema.ImageKeyword.model_id),
        )
        for image, word, probability in run(words):
            keywords[image][word] = probability
    return {
        image: ImageWords(
            **{name: tuple(texts.get(image, ())) for name, texts in texts_by_source.items()},
            keywords=keywords.get(image, {}),
        )
        for image in images
    }
