"""Which images are moments of films, and which films there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from index_data.catalogue.records import Moment, VideoRecord
from index_data.catalogue.sql_parts import AMONG, listed
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_MOMENT = "SELECT moment.image_id, start_time, end_time, frame_time"
_OF_VIDEO = f"{_MOMENT} FROM moment WHERE video_id = ? ORDER BY start_time, end_time, image_id"
_AMONG = (
    f"{_MOMENT}, video_id, duration FROM moment JOIN video ON video.image_id = video_id WHERE moment.image_id {AMONG}"
)
_WITHOUT_MOMENTS = (
    "SELECT image_id FROM video WHERE NOT EXISTS (SELECT 1 FROM moment WHERE moment.video_id = video.image_id)"
)


def moments_of(session: Session, video_id: int) -> dict[int, Moment]:
    """The moments of a film by their numbers, in order; none where the number is no film's."""
    return {image: Moment(*times) for image, *times in run(session, _OF_VIDEO, [video_id])}


def moments_among(session: Session, images: Iterable[int]) -> dict[int, tuple[Moment, VideoRecord]]:
    """Those of some images that are moments, with their films."""
    rows = run(session, _AMONG, [listed(images)])
    return {
        image: (Moment(start, end, time), VideoRecord(video, duration))
        for image, start, end, time, video, duration in rows
    }


def films_without_moments(session: Session) -> set[int]:
    """The numbers of the films that nothing is said of: each is the moving side of a photograph."""
    return {video for (video,) in run(session, _WITHOUT_MOMENTS, [])}


def videos_among(session: Session, images: Iterable[int]) -> dict[int, VideoRecord]:
    """Those of some numbers that are films, which are no images that can be shown."""
    rows = run(session, f"SELECT image_id, duration FROM video WHERE image_id {AMONG}", [listed(images)])
    return {video: VideoRecord(video, duration) for video, duration in rows}
