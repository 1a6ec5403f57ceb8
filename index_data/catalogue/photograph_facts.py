"""All that a query weighs or filters of photographs, but for their vectors, read at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index_data.catalogue.records import Moment, VideoRecord
from index_data.catalogue.sql_parts import ACTIVE, AMONG, listed
from index_data.catalogue.statements import run
from index_data.catalogue.video_facts import moments_among

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CHUNK = 10_000
"""Photographs that are read at once."""


Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PhotographFacts:
    """What is known of some photographs, table by table; each row begins with the number of its photograph.

    Attributes:
        images: Width and height in pixels of the upright picture, format, the camera's clock as `stored_time` reads it,
            the camera's name, and a perceptual hash of 64 bits with a sign; by rising numbers, the last three if known.
        captions: The active ones: number, text, author, state.
        tags: Their names, in no order.
        places: Paths, as the file system knows them, and when each file was last written, in nanoseconds; in no order.
        keywords: Number of the model, word and probability; those of the newest models are meant.
        moments: Of films: when each is, and the film.
    """

    images: list[Row]
    captions: list[Row]
    tags: list[Row]
    places: list[Row]
    keywords: list[Row]
    moments: dict[int, tuple[Moment, VideoRecord]]


_SHOWN = (
    "SELECT DISTINCT image_id FROM place WHERE image_id NOT IN (SELECT image_id FROM video)"
    " UNION ALL SELECT image_id FROM moment WHERE EXISTS (SELECT 1 FROM place WHERE place.image_id = video_id)"
)
_IMAGES = f"SELECT id, width, height, format, taken_at, camera, perceptual_hash FROM image WHERE id {AMONG} ORDER BY id"
_CAPTIONS = f"SELECT image_id, id, text, author, state FROM caption WHERE image_id {AMONG} AND {ACTIVE}"
_TAGS = f"SELECT image_id, name FROM tag WHERE image_id {AMONG}"
_PLACES = f"SELECT image_id, path, mtime_ns FROM sighting WHERE image_id {AMONG}"
_KEYWORDS = f"SELECT image_id, model_id, word, probability FROM keyword WHERE image_id {AMONG}"


_TABLES = (_IMAGES, _CAPTIONS, _TAGS, _PLACES, _KEYWORDS)


def shown_images(session: Session) -> list[int]:
    """The numbers of all images that have a place, in order."""
    return sorted(image for (image,) in run(session, _SHOWN))


def shown_among(session: Session, images: Iterable[int]) -> list[int]:
    """Those of some images that have a place, in order."""
    rows = run(session, f"SELECT image_id FROM sighting WHERE image_id {AMONG}", [listed(images)])
    return sorted({image for (image,) in rows})


def photograph_facts(session: Session, images: Sequence[int]) -> Iterator[PhotographFacts]:
    """Yields what is known of photographs, some at a time, by rising numbers; what is not there is left out."""
    numbers = sorted(images)
    for at in range(0, len(numbers), CHUNK):
        some = numbers[at : at + CHUNK]
        images, captions, tags, places, keywords = (run(session, table, [listed(some)]).fetchall() for table in _TABLES)
        yield PhotographFacts(images, captions, tags, places, keywords, moments_among(session, some))
