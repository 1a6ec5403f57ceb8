"""Everything that is said of images in words, by who says it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index_data.catalogue.records import ImageWords
from index_data.catalogue.sql_parts import ACTIVE, AMONG, CONFIRMED, listed
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_CAPTIONS = f"SELECT image_id, text, {CONFIRMED} FROM caption WHERE image_id {AMONG} AND {ACTIVE}"
_TAGS = f"SELECT image_id, name FROM tag WHERE image_id {AMONG} ORDER BY name"
_PATHS = f"SELECT image_id, path FROM sighting WHERE image_id {AMONG} ORDER BY path"
_KEYWORDS = f"SELECT image_id, model_id, word, probability FROM keyword WHERE image_id {AMONG} ORDER BY model_id DESC"


def tags_of(session: Session, images: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of images, in order."""
    tags: dict[int, list[str]] = defaultdict(list)
    for image, name in run(session, _TAGS, [listed(images)]):
        tags[image].append(name)
    return {image: tuple(names) for image, names in tags.items()}


def words_of(session: Session, images: Sequence[int]) -> dict[int, ImageWords]:
    """What captions, keywords, tags and paths say of images."""
    proposed: dict[int, list[str]] = defaultdict(list)
    confirmed: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, list[str]] = defaultdict(list)
    paths: dict[int, list[str]] = defaultdict(list)
    keywords: dict[int, dict[str, float]] = defaultdict(dict)
    newest: dict[int, int] = {}
    ids = [listed(images)]
    for image, text, stands in run(session, _CAPTIONS, ids):
        (confirmed if stands else proposed)[image].append(text)
    for image, name in run(session, _TAGS, ids):
        tags[image].append(name)
    for image, path in run(session, _PATHS, ids):
        paths[image].append(path.decode("utf-8", "replace"))
    for image, model, word, probability in run(session, _KEYWORDS, ids):
        if newest.setdefault(image, model) == model:
            keywords[image][word] = probability
    return {
        image: ImageWords(
            tuple(proposed.get(image, ())),
            tuple(confirmed.get(image, ())),
            tuple(tags.get(image, ())),
            tuple(paths.get(image, ())),
            keywords.get(image, {}),
        )
        for image in images
    }
