"""Which photographs changed since a cache was made of what is known of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema


class Moment(NamedTuple):
    """A moment in the life of a catalogue.

    Attributes:
        history: Tells one history of a catalogue from another, such as what came out of a backup.
        number: Of the latest change.
    """

    history: int
    number: int


def latest_moment(session: Session) -> Moment:
    """The moment of the latest change of what is known of a photograph."""
    history = select(schema.Touched.id).where(schema.Touched.image_id == 0).scalar_subquery()
    row = session.connection().execute(select(history, func.max(schema.Touched.id))).one()
    return Moment(row[0] or 0, row[1] or 0)


def touched_since(session: Session, number: int) -> NDArray[np.int64]:
    """The numbers (N,), int64, rising, of photographs that were touched after a moment; they may be gone."""
    rows = session.connection().execute(select(schema.Touched.image_id).where(schema.Touched.id > number))
    return np.sort(np.fromiter((image for (image,) in rows if image), np.int64))
