"""Tells which films are still being recorded, or copied."""

from __future__ import annotations

import time
from collections.abc import Callable

from index_data.scan.walk import FoundFile

REST = 10.0
"""Seconds for which a film must have kept its size and time before it is read."""

OLD = 60.0
"""Seconds since the last change, by the file's own time, after which nobody waits."""


class Recordings:
    """Remembers how films looked when they were last seen."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        """Takes the clock that measures how long a film rests, and the one by which files are dated."""
        self._clock, self._now = clock, now
        self._seen: dict[bytes, tuple[FoundFile, float]] = {}

    def is_complete(self, film: FoundFile) -> bool:
        """Whether a film has rested for long enough; else it is remembered how it looks."""
        if self._now() - film.mtime_ns / 1e9 > OLD:
            self._seen.pop(film.path, None)
            return True
        former, since = self._seen.get(film.path, (None, 0.0))
        if former != film:
            self._seen[film.path] = film, self._clock()
            return False
        if self._clock() - since < REST:
            return False
        del self._seen[film.path]
        return True

    def are_due(self) -> bool:
        """Whether a film that was not complete may be by now."""
        return any(self._clock() - since >= REST for _, since in self._seen.values())
