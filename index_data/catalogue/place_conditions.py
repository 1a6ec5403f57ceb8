"""What is asked of the paths of images, as SQL: whether one meets it, and which come first."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.conditions import InFolder, PlaceCondition
from index_data.catalogue.elements import PathText
from index_data.catalogue.fragments import chunks
from index_data.catalogue.pattern import matches

_SEPARATOR = os.fsencode(os.sep)


def meets_at(condition: PlaceCondition) -> ColumnElement[bool]:
    """Whether a path meets a condition."""
    if isinstance(condition, InFolder):
        inside = condition.folder.rstrip(_SEPARATOR) + _SEPARATOR
        return func.substr(schema.Sighting.path, 1, len(inside)) == inside
    path = PathText(schema.Sighting.path)
    # What is left when all characters but separators are stripped from the right is the folder.
    folder = func.rtrim(path, func.replace(path, os.sep, ""))
    return matches(func.substr(path, func.length(folder) + 1) if condition.name else path, condition.pattern)


def preference(wanted: Sequence[PlaceCondition]) -> list[ColumnElement[int] | ColumnElement[bytes]]:
    """Puts paths that meet more of the conditions before others, and those that meet as many in order."""
    met: list[ColumnElement[int]] = [cast(meets_at(condition), Integer) for condition in wanted]
    return [*([-sum(met[1:], met[0])] if met else []), schema.Sighting.path.expression]


def preferred_paths(session: Session, ids: Sequence[int], wanted: Sequence[PlaceCondition]) -> dict[int, list[bytes]]:
    """The paths of images, those first that meet the most conditions."""
    paths: dict[int, list[bytes]] = defaultdict(list)
    for chunk in chunks(ids):
        rows = session.execute(
            select(schema.Sighting.image_id, schema.Sighting.path)
            .where(schema.Sighting.image_id.in_(chunk))
            .order_by(*preference(wanted))
        )
        for image, path in rows:
            paths[image].append(path)
    return paths
