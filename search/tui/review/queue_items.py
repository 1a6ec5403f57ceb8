"""What is known of the photographs in the queue, and what must be read anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index_data.annotation.queue import QueueItem

MOST_ITEMS = 4000
"""That are kept once they were read."""


class QueueItems:
    """Items by photograph, each with whether it is requested, out of date, or about to change.

    Attributes:
        pending: Photographs of which a change was asked that is not stored yet.
        returned: Photographs that were rejected and put at the end of the queue.
    """

    def __init__(self) -> None:
        self.pending: set[int] = set()
        self.returned: set[int] = set()
        self._items: dict[int, QueueItem] = {}
        self._serials: dict[int, int] = {}
        self._requested: set[int] = set()
        self._stale: set[int] = set()

    def get(self, image: int) -> QueueItem | None:
        """What is known of a photograph, if it was read."""
        return self._items.get(image)

    def put(self, items: Iterable[QueueItem], *, serial: int) -> None:
        """Takes what was read of photographs, unless a later request was answered before."""
        if len(self._items) > MOST_ITEMS:
            self._items.clear()
            self._serials.clear()
        for item in items:
            image = item.image_id
            if serial >= self._serials.get(image, 0):
                self._serials[image] = serial
                self._items[image] = item
                self._requested.discard(image)
                self._stale.discard(image)

    def invalidate(self, images: Iterable[int] | None = None) -> None:
        """Makes some photographs, or all, be read anew when they are next seen; until then they show what they did."""
        self._requested.clear()
        stale = set(self._items if images is None else images)
        self.pending -= stale
        self._stale |= stale

    def request(self, images: Sequence[int]) -> tuple[int, ...]:
        """Gives those of some photographs that must be read now, and counts them as requested."""
        missing = tuple(
            image
            for image in images
            if (image not in self._items or image in self._stale) and image not in self._requested
        )
        self._requested |= set(missing)
        return missing
