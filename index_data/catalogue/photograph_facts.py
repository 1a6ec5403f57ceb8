"""All that a query weighs or filters of photographs, but for their vectors, read at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from index_data.catalogue.records import Moment, VideoRecord
from index_data.catalogue.sql_parts import ACTIVE, AMONG, listed, stored_time
from index_data.catalogue.statements import run
from index_data.catalogue.video_facts import moments_among

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CHUNK = 10_000
"""Photographs that are read at once."""


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
        moment: Of a film, when it is, and the film.
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
    moment: tuple[Moment, VideoRecord] | None = None


_SHOWN = (
    "SELECT DISTINCT image_id FROM place WHERE image_id NOT IN (SELECT image_id FROM video)"
    " UNION ALL SELECT image_id FROM moment WHERE EXISTS (SELECT 1 FROM place WHERE place.image_id = video_id)"
)
_IMAGES = f"SELECT id, width, height, format, taken_at, camera, perceptual_hash FROM image WHERE id {AMONG}"
_CAPTIONS = f"SELECT image_id, id, text, author, state FROM caption WHERE image_id {AMONG} AND {ACTIVE}"
_TAGS = f"SELECT image_id, name FROM tag WHERE image_id {AMONG}"
_PLACES = f"SELECT image_id, path, mtime_ns FROM sighting WHERE image_id {AMONG}"
_KEYWORDS = f"SELECT image_id, model_id, word, probability FROM keyword WHERE image_id {AMONG} ORDER BY model_id DESC"


def shown_images(session: Session) -> list[int]:
    """The numbers of all images that have a place, in order."""
    return sorted(image for (image,) in run(session, _SHOWN))


def shown_among(session: Session, images: Iterable[int]) -> list[int]:
    """Those of some images that have a place, in order."""
    rows = run(session, f"SELECT image_id FROM sighting WHERE image_id {AMONG}", [listed(images)])
    return sorted({image for (image,) in rows})


def photograph_facts(session: Session, images: Sequence[int]) -> Iterator[PhotographFacts]:
    """Yields what is known of photographs, in the order of their numbers; what is not there is left out."""
    numbers = sorted(images)
    for at in range(0, len(numbers), CHUNK):
        ids = [listed(numbers[at : at + CHUNK])]
        facts = {
            image: PhotographFacts(image, width, height, format_, stored_time(taken), camera, number)
            for image, width, height, format_, taken, camera, number in run(session, _IMAGES, ids)
        }
        for image, *caption in run(session, _CAPTIONS, ids):
            facts[image].captions.append(tuple(caption))
        for image, name in run(session, _TAGS, ids):
            facts[image].tags.append(name)
        for image, path, mtime in run(session, _PLACES, ids):
            facts[image].places.append((path, mtime))
        newest: dict[int, int] = {}
        for image, model, word, chance in run(session, _KEYWORDS, ids):
            if newest.setdefault(image, model) == model:
                facts[image].keywords[word] = chance
        for image, told in moments_among(session, facts).items():
            facts[image].moment = told
        for image in sorted(facts):
            yield facts[image]
