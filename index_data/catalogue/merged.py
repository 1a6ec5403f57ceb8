"""What one catalogue took in of another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merged:
    """What came in; what both libraries had is not counted."""

    images: int
    videos: int
    moments: int
    places: int
    captions: int
    tags: int
    marks: int
    albums: int
