"""What is known of the photographs of a ranking, and their drawings: only those near what is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from search.engine.hits import Hit
from search.engine.ranking import Ranking
from search.output.terminal_pictures import DrawingMethod
from search.tui.graphics.drawing import Frame
from search.tui.graphics.painter import Drawings

MOST_DRAWINGS = 400
"""That are kept at once; a large terminal shows some 60."""

MOST_HITS = 5000
"""That are kept at once."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What must be read and drawn before everything in sight is there.

    Attributes:
        ranks: To be read.
        images: To be drawn.
    """

    ranks: range
    images: list[int]


class CellCache:
    """Hits by their rank, and drawings by photograph."""

    def __init__(self, send: Callable[[str], None]) -> None:
        """Takes what sends the terminal the data of drawings."""
        self.drawings = Drawings(MOST_DRAWINGS, send)
        self._hits: dict[int, Hit] = {}
        self._ranks: dict[int, int] = {}

    def hit(self, rank: int) -> Hit | None:
        """What is known of the photograph at a rank, once it was read."""
        return self._hits.get(rank)

    def rank(self, image_id: int) -> int | None:
        """The rank of a photograph that was read."""
        return self._ranks.get(image_id)

    def drop_hits(self) -> None:
        """Forgets what was read, as for another ranking; drawings stay."""
        self._hits.clear()
        self._ranks.clear()

    def add_hits(self, hits: Iterable[Hit]) -> None:
        """Takes what was read."""
        if len(self._hits) > MOST_HITS:
            self.drop_hits()
        for hit in hits:
            self._hits[hit.rank] = hit
            self._ranks[hit.image_id] = hit.rank

    def missing(self, ranking: Ranking, ranks: range, frame: Frame) -> Missing | None:
        """What of some ranks is not there yet; none if everything is."""
        unread = [rank for rank in ranks if rank not in self._hits]
        undrawn: list[int] = []
        if frame.method is not DrawingMethod.NONE:
            images = (int(ranking.image_ids[rank]) for rank in ranks)
            undrawn = [image for image in images if image not in self.drawings]
        if not unread and not undrawn:
            return None
        return Missing(range(unread[0], unread[-1] + 1) if unread else range(0), undrawn)
