"""Everything that is said of images in words, by who says it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import ACTIVE, CONFIRMED, chunks
from index_data.catalogue.records import ImageWords

# Made once: every page of hits asks, and to put a statement together takes longer than to run it.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_CAPTIONS = select(schema.Caption.image_id, schema.Caption.text, CONFIRMED).where(
    ACTIVE, schema.Caption.image_id.in_(_IDS)
)
_TAGS = select(schema.Tag.image_id, schema.Tag.name).where(schema.Tag.image_id.in_(_IDS)).order_by(schema.Tag.name)
_PATHS = (
    select(schema.Place.image_id, schema.Place.path).where(schema.Place.image_id.in_(_IDS)).order_by(schema.Place.path)
)
_NEWEST = (
    select(schema.ImageKeyword.image_id, func.max(schema.ImageKeyword.model_id).label("model_id"))
    .where(schema.ImageKeyword.image_id.in_(_IDS))
    .group_by(schema.ImageKeyword.image_id)
    .subquery()
)
_KEYWORDS = select(schema.ImageKeyword.image_id, schema.ImageKeyword.word, schema.ImageKeyword.probability).join(
    _NEWEST,
    (_NEWEST.c.image_id == schema.ImageKeyword.image_id) & (_NEWEST.c.model_id == schema.ImageKeyword.model_id),
)


def words_of(session: Session, images: Sequence[int]) -> dict[int, ImageWords]:
    """What captions, keywords, tags and paths say of images."""
    texts_by_source: dict[str, dict[int, list[str]]] = {
        name: defaultdict(list) for name in ("proposed", "confirmed", "tags", "paths")
    }
    keywords: dict[int, dict[str, float]] = defaultdict(dict)
    # By the connection, which makes no more of a row than it is.
    run = session.connection().execute
    for chunk in chunks(images):
        ids = {"ids": chunk}
        for image, text, confirmed in run(_CAPTIONS, ids):
            texts_by_source["confirmed" if confirmed else "proposed"][image].append(text)
        for image, name in run(_TAGS, ids):
            texts_by_source["tags"][image].append(name)
        for image, path in run(_PATHS, ids):
            texts_by_source["paths"][image].append(path.decode("utf-8", "replace"))
        for image, word, probability in run(_KEYWORDS, ids):
            keywords[image][word] = probability
    return {
        image: ImageWords(
            **{name: tuple(texts.get(image, ())) for name, texts in texts_by_source.items()},
            keywords=keywords.get(image, {}),
        )
        for image in images
    }
