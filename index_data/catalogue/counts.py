"""How much of everything there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index_data.catalogue.library_records import ImageCounts, LastScan, ScanCounts
from index_data.catalogue.sql_parts import stored_time
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_DESCRIBED = "SELECT key, count(image_id) FROM model JOIN image_vector ON model_id = model.id GROUP BY key"
_UNDATED = (
    "taken_at IS NULL AND EXISTS (SELECT 1 FROM place WHERE image_id = image.id)"
    " AND id NOT IN (SELECT image_id FROM video WHERE image_id NOT IN (SELECT video_id FROM moment))"
)
_FILMS = "SELECT count(DISTINCT image_id), count(*) FROM place WHERE image_id IN (SELECT image_id FROM video)"
_HAS_MOMENTS = "image_id IN (SELECT video_id FROM moment)"
_MOMENTS = "SELECT count(*) FROM moment WHERE EXISTS (SELECT 1 FROM place WHERE place.image_id = video_id)"
_FREQUENT = "SELECT word FROM keyword GROUP BY word ORDER BY count(*) DESC, word LIMIT ?"


def count_images(session: Session) -> ImageCounts:
    """How much can be shown."""
    images, places = run(session, "SELECT count(DISTINCT image_id), count(*) FROM place").fetchone()
    films, film_places = run(session, _FILMS).fetchone()
    videos, video_places = run(session, f"{_FILMS} AND {_HAS_MOMENTS}").fetchone()
    (moments,) = run(session, _MOMENTS).fetchone()
    return ImageCounts(images - films, places - film_places, videos, video_places, moments)


def count_captions(session: Session) -> dict[tuple[str, str], int]:
    """Captions by author and state."""
    rows = run(session, "SELECT author, state, count(*) FROM caption GROUP BY author, state")
    return {(author, state): count for author, state, count in rows}


def count_undated(session: Session) -> int:
    """Photographs and films with a place of which nothing tells when they were taken."""
    return int(run(session, f"SELECT count(*) FROM image WHERE {_UNDATED}").fetchone()[0])


def count_problems(session: Session) -> int:
    """Files and folders set aside."""
    return int(run(session, "SELECT count(*) FROM problem").fetchone()[0])


def count_models(session: Session) -> dict[str, int]:
    """Images described by each model."""
    return dict(run(session, _DESCRIBED))


def frequent_keywords(session: Session, count: int) -> list[str]:
    """The words that the most images are annotated with, most frequent first."""
    return [word for (word,) in run(session, _FREQUENT, [count])]


def last_scan(session: Session) -> LastScan | None:
    """The latest scan."""
    names = tuple(ScanCounts.__dataclass_fields__)
    statement = f"SELECT started_at, finished_at, {', '.join(names)} FROM scan ORDER BY id DESC LIMIT 1"
    row = run(session, statement).fetchone()
    started = stored_time(row[0]) if row else None
    if row is None or started is None:
        return None
    return LastScan(started, stored_time(row[1]), ScanCounts(*row[2:]))
