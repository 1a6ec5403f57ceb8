"""What is said of images in words: who says it, and which images say certain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import TableClause, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.filters import quoted
from index_data.catalogue.records import ImageWords
from index_data.catalogue.statements import KEPT, STANDING, chunks


def images_saying(session: Session, words: Sequence[str], *, count: int) -> list[int]:
    """Images whose captions, tags or paths say the most and rarest of some words, in any form, by each field's BM25.

    Args:
        session: Open.
        words: Without blanks.
        count: The most images of each of the three fields.

    Returns:
        Their numbers, each once, in no order that means anything across fields.
    """
    if not words:
        return []
    match = " OR ".join(map(quoted, words))
    fields: tuple[tuple[TableClause, InstrumentedAttribute[int], InstrumentedAttribute[int]], ...] = (
        (schema.CAPTION_WORDS, schema.Caption.id, schema.Caption.image_id),
        (schema.TAG_WORDS, schema.Tag.id, schema.Tag.image_id),
        (schema.PLACE_WORDS, schema.Place.id, schema.Place.image_id),
    )
    found: dict[int, None] = {}
    for table, row, image in fields:
        # The inner question alone: a join would make SQLite rank row by row.
        best = (
            select(table.c.rowid)
            .where(table.c[table.name].op("MATCH")(literal(match)))
            .order_by(table.c.rank)
            .limit(count)
            .subquery()
        )
        statement = select(image).join(best, best.c.rowid == row)
        if table is schema.CAPTION_WORDS:
            statement = statement.where(STANDING)
        found.update(dict.fromkeys(session.scalars(statement)))
    return list(found)


def captions_by_bm25(session: Session, words: Sequence[str], *, count: int) -> list[int]:
    """Images by the BM25 of their captions that stand, best first."""
    match = schema.CAPTION_WORDS.c.caption_words.op("MATCH")(literal(" OR ".join(map(quoted, words))))
    ranked = (
        select(schema.Caption.image_id)
        .join(schema.CAPTION_WORDS, schema.CAPTION_WORDS.c.rowid == schema.Caption.id)
        .where(match, STANDING)
        .order_by(schema.CAPTION_WORDS.c.rank)
    )
    return list(session.scalars(ranked.limit(count))) if words else []


def kept_captions(session: Session, images: Sequence[int]) -> dict[int, int]:
    """The captions of images that a person stands behind, each with its image."""
    statement = select(schema.Caption.id, schema.Caption.image_id).where(KEPT)
    return {
        caption: image
        for some in chunks(images)
        for caption, image in session.execute(statement.where(schema.Caption.image_id.in_(some)))
    }


def all_kept_captions(session: Session) -> list[int]:
    """The numbers of all captions that a person stands behind."""
    # Each by the index over author and state, which SQLite would not take for both at once: models' captions are many.
    by_people = select(schema.Caption.id).where(schema.Caption.author == "person", STANDING)
    accepted = select(schema.Caption.id).where(schema.Caption.author == "model", schema.Caption.state == "accepted")
    return list(session.scalars(union_all(by_people, accepted)))


def images_of_captions(session: Session, captions: Sequence[int]) -> list[int]:
    """The images of captions, each once."""
    statement = select(schema.Caption.image_id).distinct()
    return [
        image for some in chunks(captions) for image in session.scalars(statement.where(schema.Caption.id.in_(some)))
    ]


def words_of(session: Session, images: Sequence[int]) -> dict[int, ImageWords]:
    """What captions, keywords, tags and paths say of images."""
    said: dict[str, dict[int, list[str]]] = {name: defaultdict(list) for name in ("proposed", "kept", "tags", "paths")}
    keywords: dict[int, dict[str, float]] = defaultdict(dict)
    # By the connection, which makes no more of a row than it is: every candidate of a query is read.
    run = session.connection().execute
    for some in chunks(images):
        captions = select(schema.Caption.image_id, schema.Caption.text, KEPT).where(STANDING)
        for image, text, kept in run(captions.where(schema.Caption.image_id.in_(some))):
            said["kept" if kept else "proposed"][image].append(text)
        tags = select(schema.Tag.image_id, schema.Tag.name).where(schema.Tag.image_id.in_(some))
        for image, name in run(tags.order_by(schema.Tag.name)):
            said["tags"][image].append(name)
        places = select(schema.Place.image_id, schema.Place.path).where(schema.Place.image_id.in_(some))
        for image, path in run(places.order_by(schema.Place.path)):
            said["paths"][image].append(path.decode("utf-8", "replace"))
        newest = (
            select(schema.Keyword.image_id, func.max(schema.Keyword.model_id).label("model_id"))
            .where(schema.Keyword.image_id.in_(some))
            .group_by(schema.Keyword.image_id)
            .subquery()
        )
        words = select(schema.Keyword.image_id, schema.Keyword.word, schema.Keyword.probability).join(
            newest,
            (newest.c.image_id == schema.Keyword.image_id) & (newest.c.model_id == schema.Keyword.model_id),
        )
        for image, word, probability in run(words):
            keywords[image][word] = probability
    return {
        image: ImageWords(
            **{name: tuple(texts.get(image, ())) for name, texts in said.items()}, keywords=keywords.get(image, {})
        )
        for image in images
    }
