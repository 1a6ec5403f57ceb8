"""The order of all photographs by their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FILMS = "SELECT image_id FROM video"
_MOMENTS = "SELECT video_id, image_id FROM moment ORDER BY start_time, image_id"
_PLACES = "SELECT image_id FROM place ORDER BY path"


def all_by_path(session: Session) -> NDArray[np.int64]:
    """The numbers (any,), int64, of all images that have a place, by the path of each that comes first.

    A film's moments, in their order, stand where it lies.
    """
    placed = _numbers(session, _PLACES)[:, 0]
    _, first = np.unique(placed, return_index=True)
    images = placed[np.sort(first)]
    films = _numbers(session, _FILMS)[:, 0]
    if not len(films):
        return images
    photographs = np.flatnonzero(~np.isin(images, films))
    moments = _numbers(session, _MOMENTS, columns=2)
    moments = moments[np.isin(moments[:, 0], images)]
    order = np.argsort(images)
    lies = order[np.searchsorted(images, moments[:, 0], sorter=order)]
    shown = np.concatenate([images[photographs], moments[:, 1]])
    return shown[np.argsort(np.concatenate([photographs, lies]), kind="stable")]


def _numbers(session: Session, statement: str, *, columns: int = 1) -> NDArray[np.int64]:
    """What a statement gives, (any, columns), int64: there may be a million rows, of which no list is made."""
    numbers = (number for row in run(session, statement) for number in row)
    return np.fromiter(numbers, np.int64).reshape(-1, columns)
