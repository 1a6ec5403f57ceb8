"""How many images were taken in each month."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.conditions import Condition
from index_data.catalogue.elements import Month
from index_data.catalogue.filters import matching
from index_data.catalogue.fragments import DATE, WHOLE
from index_data.catalogue.library_records import MonthCount

_MONTH = Month(DATE)


def months(session: Session, conditions: Sequence[Condition] = ()) -> list[MonthCount]:
    """The months in which images were taken that have a place and meet every condition, the newest first.

    As for filters the date of the file counts where nothing tells when an image was taken. A film counts as one,
    however many of its moments meet them.
    """
    by_file = func.sum(case((schema.Image.taken_at.is_(None), 1), else_=0))
    counted = [func.count(), by_file]
    if session.scalar(select(schema.VideoMoment.image_id).limit(1)) is not None:
        dated_by_file = case((schema.Image.taken_at.is_(None), WHOLE))
        counted = [func.count(WHOLE.distinct()), func.count(dated_by_file.distinct())]
    rows = session.execute(
        matching(conditions)
        .where(DATE.is_not(None))
        .with_only_columns(_MONTH, *counted)
        .group_by(_MONTH)
        .order_by(_MONTH.desc())
    )
    return [MonthCount(month, count, dated) for month, count, dated in rows]
