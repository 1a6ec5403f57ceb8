"""The film of a moment, as far as the browser shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from index_data.catalogue.records import ImageDetails, Moment, VideoRecord
from index_data.film_times import clock
from search.output.film_words import span


@dataclass(frozen=True, slots=True)
class Film:
    """A film with its moments by their numbers, in order."""

    video: VideoRecord
    moments: Mapping[int, Moment]

    def beside(self, image: int, step: int) -> int | None:
        """The moment so many further than another; none past the ends, or where the film was divided anew."""
        order = list(self.moments)
        if image not in self.moments:
            return None
        at = order.index(image) + step
        return order[at] if 0 <= at < len(order) else None

    def when(self, image: int) -> str:
        """When a moment is, and in how long a film."""
        return f"{span(self.moments[image])} of {clock(self.video.duration)}"

    def place(self, image: int) -> str:
        """Which of the moments it is."""
        return f"moment {list(self.moments).index(image) + 1:,} of {len(self.moments):,}"


def film_of(details: ImageDetails | None) -> Film | None:
    """The film of a moment; none of a photograph."""
    return None if details is None or details.video is None else Film(details.video, details.moments)
