"""All that a query weighs or filters of photographs, but for their vectors, read at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.annotation_records import ACTIVE_STATES
from index_data.catalogue.fragments import chunks


@dataclass(slots=True)
class PhotographFacts:
    """What is known of one photograph.

    Attributes:
        image_id: Its number.
        width: Pixels of the upright picture.
        height: Likewise.
        format: Such as ``JPEG``.
        taken_at: The camera's clock, if it told.
        camera: Its name, if it told.
        perceptual_hash: A signed number of 64 bits, if it was kept.
        captions: The active ones: number, text, author, state.
        tags: In no order.
        places: Paths, as the file system knows them, and when each file was last written, in nanoseconds; in no order.
        keywords: The newest model's, with their probabilities.
    """

    image_id: int
    width: int
    height: int
    format: str
    taken_at: datetime | None
    camera: str | None
    perceptual_hash: int | None
    captions: list[tuple[int, str, str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    places: list[tuple[bytes, int]] = field(default_factory=list)
    keywords: dict[str, float] = field(default_factory=dict)


def photograph_facts(session: Session, images: Sequence[int]) -> Iterator[PhotographFacts]:
    """Yields what is known of photographs, in the order of their numbers; what is not there is left out."""
    # By the connection, which makes no more of a row than it is: of a library of a million all are read.
    run = session.connection().execute
    columns = (
        *(schema.Image.id, schema.Image.width, schema.Image.height, schema.Image.format, schema.Image.taken_at),
        *(schema.Image.camera, schema.Image.perceptual_hash),
    )
    caption, keyword = schema.Caption, schema.ImageKeyword
    captions = select(caption.image_id, caption.id, caption.text, caption.author, caption.state)
    captions = captions.where(caption.state.in_(sorted(ACTIVE_STATES)))
    for chunk in chunks(sorted(images)):
        facts = {row[0]: PhotographFacts(*row) for row in run(select(*columns).where(schema.Image.id.in_(chunk)))}
        for image, number, text, author, state in run(captions.where(caption.image_id.in_(chunk))):
            facts[image].captions.append((number, text, author, state))
        for image, name in run(select(schema.Tag.image_id, schema.Tag.name).where(schema.Tag.image_id.in_(chunk))):
            facts[image].tags.append(name)
        places = select(schema.Place.image_id, schema.Place.path, schema.Place.mtime_ns).where(
            schema.Place.image_id.in_(chunk)
        )
        for image, path, mtime in run(places):
            facts[image].places.append((path, mtime))
        newest = select(keyword.image_id, func.max(keyword.model_id)).where(keyword.image_id.in_(chunk))
        models = {image: model for image, model in run(newest.group_by(keyword.image_id))}
        words: dict[int, dict[str, float]] = defaultdict(dict)
        said = select(keyword.image_id, keyword.model_id, keyword.word, keyword.probability)
        for image, model, word, chance in run(said.where(keyword.image_id.in_(chunk))):
            if models[image] == model:
                words[image][word] = chance
        for image in sorted(facts):
            facts[image].keywords = words.get(image, {})
            yield facts[image]
