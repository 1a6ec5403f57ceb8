"""The line above the queue: what is reviewed, in which order, and how far the review is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from index_data.annotation.order import Order, Part
from index_data.annotation.queue import ReviewProgress
from search.tui.screens.acceptance import draw_progress
from search.tui.themes import MUTED

ORDER_TITLES = {
    Order.UNCERTAINTY: "least sure first",
    Order.DATE: "oldest first",
    Order.PATH: "by path",
    Order.QUERY: "best matches first",
}
PART_TITLES = {
    Part.WAITING: "waiting",
    Part.REVIEWED: "reviewed",
    Part.ALL: "all",
    Part.TAGS: "with proposed tags",
}


class ReviewHeader(Horizontal):
    """The queue in words at the left, the progress at the right."""

    def compose(self) -> ComposeResult:
        """Draws both, still empty."""
        yield Static("", id="review-queue")
        yield Static("", id="review-progress")

    def show_queue(self, count: int, *, part: Part, order: Order, query: str) -> None:
        """Says how many photographs are in the queue, and which."""
        title = "most doubtful first" if part is Part.TAGS and order is Order.UNCERTAINTY else ORDER_TITLES[order]
        parts = [(f" {count:,} {PART_TITLES[part]}", "bold"), (f" · {title}", MUTED)]
        if query:
            parts += [(" · ", MUTED), (query, "$accent")]
        self.query_one("#review-queue", Static).update(Content.assemble(*parts))

    def show_progress(self, progress: ReviewProgress) -> None:
        """Says how far the review is."""
        self.query_one("#review-progress", Static).update(draw_progress(progress))
