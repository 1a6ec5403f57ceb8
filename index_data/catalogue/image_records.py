"""What is shown of the photographs of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index_data.catalogue.conditions import MARK_VALUES, Mark, PlaceCondition
from index_data.catalogue.records import ImageDate, ImageRecord
from index_data.catalogue.sql_parts import ACTIVE, AMONG, DATE, PRECEDENCE, listed, stored_time
from index_data.catalogue.statements import run
from index_data.catalogue.video_facts import moments_among

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PATHS = f"SELECT image_id, path FROM sighting WHERE image_id {AMONG} ORDER BY path, image_id"
_SHOWN = f"SELECT image_id, text FROM caption WHERE image_id {AMONG} AND {ACTIVE} ORDER BY {PRECEDENCE}"
_ANNOTATED = (
    f"SELECT image_id, model_id, word FROM keyword WHERE image_id {AMONG} ORDER BY model_id DESC, probability DESC"
)
_DATES = f"SELECT id, {DATE}, taken_at IS NULL FROM image WHERE id {AMONG}"
_CONTENTS = f"SELECT id, content_hash, width, height FROM image WHERE id {AMONG}"
_BY_DATE = (
    "SELECT image.id FROM image LEFT JOIN moment ON moment.image_id = image.id"
    " WHERE EXISTS (SELECT 1 FROM sighting WHERE sighting.image_id = image.id)"
    f" ORDER BY {DATE}, coalesce(moment.video_id, 0), coalesce(moment.start_time, 0), image.id"
)
_MARKS = f"SELECT image_id, name, value FROM mark WHERE image_id {AMONG} ORDER BY image_id, name"


def images(session: Session, ids: Sequence[int], *, wanted: Sequence[PlaceCondition] = ()) -> dict[int, ImageRecord]:
    """The images of these numbers that have a place; of several, the one first that meets the most conditions."""
    paths = paths_of_images(session, ids, wanted=wanted)
    keywords: dict[int, list[str]] = defaultdict(list)
    newest: dict[int, int] = {}
    parameter = [listed(ids)]
    # The last one overwrites the others.
    captions: dict[int, str] = dict(run(session, _SHOWN, parameter))
    for image, model, word in run(session, _ANNOTATED, parameter):
        if newest.setdefault(image, model) == model:
            keywords[image].append(word)
    films = moments_among(session, paths)
    return {
        image: ImageRecord(
            image, places, captions.get(image, ""), tuple(keywords.get(image, ())), *films.get(image, (None, None))
        )
        for image, places in paths.items()
    }


def paths_of_images(
    session: Session, ids: Sequence[int], *, wanted: Sequence[PlaceCondition] = ()
) -> dict[int, tuple[bytes, ...]]:
    """The paths of images, those first that meet the most conditions; images that have none are left out."""
    paths: dict[int, list[bytes]] = defaultdict(list)
    for image, path in run(session, _PATHS, [listed(ids)]):
        paths[image].append(path)
    several = [image for image, places in paths.items() if len(places) > 1]
    if wanted and several:
        # Which path comes first is asked of few photographs, and few of these have more than one.
        from index_data.catalogue.place_conditions import preferred_paths

        paths.update(preferred_paths(session, several, wanted))
    return {image: tuple(places) for image, places in paths.items()}


def contents(session: Session, ids: Sequence[int]) -> dict[int, tuple[bytes, int, int]]:
    """The content hash of each image, its width and its height in pixels."""
    rows = run(session, _CONTENTS, [listed(ids)])
    return {image: (content, width, height) for image, content, width, height in rows}


def images_by_date(session: Session) -> list[int]:
    """The numbers of all images that have a place, the oldest first by the camera's clock, else by that of the file."""
    return [image for (image,) in run(session, _BY_DATE)]


def dates_of(session: Session, ids: Sequence[int]) -> dict[int, ImageDate]:
    """When images were taken, else the dates of their files."""
    rows = run(session, _DATES, [listed(ids)])
    return {image: ImageDate(stored_time(date), bool(of_file)) for image, date, of_file in rows}


def marks_of(session: Session, images: Sequence[int]) -> dict[int, dict[Mark, str]]:
    """The marks of images; those that have none, or one whose value nobody can give, are left out."""
    marks: dict[int, dict[Mark, str]] = defaultdict(dict)
    for image, name, value in run(session, _MARKS, [listed(images)]):
        if name in MARK_VALUES and value in MARK_VALUES[Mark(name)]:
            marks[image][Mark(name)] = value
    return dict(marks)
