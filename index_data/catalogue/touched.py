"""Which photographs changed since a cache was made of what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_TOUCHED = (
    "SELECT image_id FROM touched WHERE id > :number AND image_id != 0 UNION SELECT moment.image_id FROM touched"
    " JOIN moment ON moment.video_id = touched.image_id WHERE touched.id > :number"
)


class LatestChange(NamedTuple):
    """How far the changes of a catalogue have come.

    Attributes:
        history: Tells one history of a catalogue from another, such as what came out of a backup.
        number: Of the latest change.
    """

    history: int
    number: int


def latest_change(session: Session) -> LatestChange:
    """The latest change of what is known of a photograph."""
    history, number = run(
        session, "SELECT (SELECT id FROM touched WHERE image_id = 0), (SELECT max(id) FROM touched)"
    ).fetchone()
    return LatestChange(history or 0, number or 0)


def touched_since(session: Session, number: int) -> NDArray[np.int64]:
    """The numbers (N,), int64, rising, of photographs that were touched after a change; they may be gone.

    A film was touched with all of its moments: they lie where it does.
    """
    rows = run(session, _TOUCHED, {"number": number})
    return np.sort(np.fromiter((image for (image,) in rows), np.int64))
