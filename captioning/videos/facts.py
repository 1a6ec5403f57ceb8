"""What a video says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

EARLIEST = 1980
"""No video was recorded before this year; clocks that were never set say 1904 or 1970."""

_RECORDED = ("com.apple.quicktime.creationdate", "date_recorded", "creation_time", "date")
_MAKERS = ("com.apple.quicktime.make", "com.android.manufacturer", "make", "manufacturer")
_MODELS = ("com.apple.quicktime.model", "com.android.model", "model")
_CONTENT_IDENTIFIER = "com.apple.quicktime.content.identifier"


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video says of itself.

    Attributes:
        width: Pixels, upright and square.
        height: Likewise.
        duration: Seconds.
        format: Of the container, as people call it: "MP4", "MOV", "MKV" and others.
        recorded_at: By the clock of the place where it was recorded, without time zone; none where it does not say.
        camera: Maker and model.
        content_identifier: That a Live Photo's photograph has too; empty for others.
        has_audio: Whether there is sound.
    """

    width: int
    height: int
    duration: float
    format: str
    recorded_at: datetime | None
    camera: str | None
    content_identifier: str
    has_audio: bool


def recorded_at(words: Mapping[str, str]) -> datetime | None:
    """When a video was recorded, from the words of its container.

    What is given in universal time is told in the time of this machine, which is most likely that of the place.
    """
    for name in _RECORDED:
        moment = _moment(words.get(name, ""))
        if moment is not None and moment.year >= EARLIEST:
            return moment
    return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if len(text.strip()) <= len("2026-11-26"):  # a day is no time of recording
        return None
    universal = text.strip().endswith(("Z", "z", "+00:00", "+0000"))
    try:
        # With another zone it is the clock of the place.
        return (moment.astimezone() if universal else moment).replace(tzinfo=None, microsecond=0)
    except (OverflowError, OSError):
        return None


def camera(words: Mapping[str, str]) -> str | None:
    """Maker and model of the camera, the maker once."""
    maker, model = (
        next((words[name].strip() for name in names if words.get(name, "").strip()), "") for names in (_MAKERS, _MODELS)
    )
    if model.lower().startswith(maker.lower()):
        maker = ""
    return " ".join(filter(None, (maker, model))) or None


def content_identifier(words: Mapping[str, str]) -> str:
    """What a Live Photo's film has in common with its photograph."""
    return words.get(_CONTENT_IDENTIFIER, "").strip()
