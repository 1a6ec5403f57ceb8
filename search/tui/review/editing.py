"""Writing the caption of the photograph under review in one's own words."""

from __future__ import annotations

from functools import partial

from textual.screen import Screen

from index_data.annotation.normalize import visible
from index_data.annotation.queue import QueueItem
from index_data.catalogue.annotation_records import ActionRecord
from search.tui.context import Context
from search.tui.review.caption_card import CaptionCard
from search.tui.review.drafts import Drafts
from search.tui.review.queue_list import QueueList
from search.tui.services.write_queue import Write


class Editing:
    """Turns the caption on the card into a line, and keeps what is written there until it is stored."""

    def __init__(self, screen: Screen[None], context: Context) -> None:
        """Takes the screen with the queue and the card."""
        self._screen, self._context = screen, context
        self._drafts = Drafts(screen, context)

    def begin(self, item: QueueItem) -> None:
        """Opens the line, in which stands what somebody began to write, else the caption."""
        self._screen.query_one(QueueList).disabled = True
        draft = self._drafts.get(item)
        self._screen.query_one(CaptionCard).edit(draft or (item.caption.text if item.caption else ""))
        if draft:
            self._screen.notify("What you began to write is here again; esc gives it up.")

    def keep(self, item: QueueItem, text: str) -> None:
        """Takes what is written by now."""
        if self._screen.query_one(CaptionCard).editing:
            self._drafts.keep(item, text)

    def finish(self, item: QueueItem, text: str) -> Write | None:
        """Closes the line, and gives what stores the caption; nothing where there is no caption to store."""
        if not visible(text):
            self._screen.notify("A caption needs at least one visible character.", severity="warning")
            return None
        self._close()
        return partial(self._store, item, text)

    def give_up(self, item: QueueItem | None) -> None:
        """Closes the line, and forgets what was written there."""
        if item is not None:
            self._drafts.drop(item)
        self._close()

    def _store(self, item: QueueItem, text: str) -> ActionRecord | None:
        """Stores a caption, in the thread that writes; where that is refused, it is a draft still."""
        action = self._context.annotations.edit(item.image_id, text)
        self._drafts.drop(item)
        return action

    def _close(self) -> None:
        self._screen.query_one(CaptionCard).stop_editing()
        queue = self._screen.query_one(QueueList)
        queue.disabled = False
        queue.focus()
