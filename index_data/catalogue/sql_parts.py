"""Pieces of statements in the SQL of SQLite; a test holds them against those of `fragments`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

ACTIVE: Final = "caption.state IN ('proposed', 'accepted')"
CONFIRMED: Final = f"{ACTIVE} AND (caption.author = 'person' OR caption.state = 'accepted')"
PRECEDENCE: Final = "caption.author, caption.state = 'accepted', caption.imported = 0, caption.created_at, caption.id"
WHOLE: Final = "coalesce((SELECT moment.video_id FROM moment WHERE moment.image_id = image.id), image.id)"
FILE_DATE: Final = (
    f"datetime((SELECT min(place.mtime_ns) AS min_1 FROM place WHERE place.image_id = {WHOLE}) / 1000000000,"
    " 'unixepoch', 'localtime') || '.000000'"
)
DATE: Final = f"coalesce(image.taken_at, {FILE_DATE})"

AMONG: Final = "IN (SELECT value FROM json_each(?))"
"""Whether a number is among those that `listed` makes a parameter of, however many there are."""


def listed(numbers: Iterable[int]) -> str:
    """Whole numbers as one parameter of a statement; see `AMONG`."""
    return json.dumps(list(numbers))


def stored_time(stored: str | datetime | None) -> datetime | None:
    """A date and time: as SQLAlchemy stores it in SQLite, or as a database gives it that knows what it is."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored
