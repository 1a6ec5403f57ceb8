"""What a person can do in the review, each with its key; what it leads to comes back as a message."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from index_data.annotation.queue import Order, Part, Progress, QueueItem
from index_data.annotation.uncertainty import Doubt
from index_data.catalogue.annotation_records import ActionRecord
from search.tui.app_of import app_of
from search.tui.review.acceptance import AgreementScreen
from search.tui.review.alternatives import AlternativesScreen, Choice
from search.tui.review.caption_card import CaptionCard
from search.tui.review.queue_list import QueueList
from search.tui.review.reads import ReviewReader
from search.tui.screens.history import HistoryScreen
from search.tui.screens.tagging import TagScreen


def photographs(count: int) -> str:
    """Counts photographs in words."""
    return "1 photograph" if count == 1 else f"{count:,} photographs"


class ReviewActions(Screen[None]):
    """The keys of the review."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "Accept", id="review.accept", tooltip="The caption is fine, or those of all chosen"),
        Binding("e", "edit", "Edit", id="review.edit", tooltip="Write the caption in your words"),
        Binding("r", "reject", "Reject", id="review.reject", tooltip="Reject the caption, and choose another"),
        Binding("t", "tag", "Tag", id="review.tag", tooltip="Give tags or take them off"),
        Binding("s,n", "skip", "Skip", id="review.skip", tooltip="Go on to the next that waits"),
        Binding("u", "undo", "Undo", id="review.undo", tooltip="Take the latest action back, whoever did it"),
        Binding("U,ctrl+r", "redo", "Redo", show=False, id="review.redo", tooltip="Do again what was undone"),
        Binding("i", "history", "History", show=False, id="review.history", tooltip="What happened to these words"),
        Binding("o", "order", "Order", id="review.order", tooltip="By doubt, date, path, or the query"),
        Binding("p", "part", "Part", show=False, id="review.part", tooltip="Waiting, reviewed, or all photographs"),
        Binding("slash", "line('query')", "Query", key_display="/", id="review.query", tooltip="Review what it finds"),
        Binding("colon", "line('jump')", show=False, key_display=":", id="review.jump", tooltip="Go to a line"),
        Binding("w", "words", "Words", show=False, id="review.words", tooltip="How sure the model is of each word"),
        Binding("S", "agreement", show=False, id="review.agreement", tooltip="Progress and agreement"),
        Binding("f5", "reload", show=False, id="review.reload", tooltip="Make the queue anew"),
        Binding("escape", "leave", show=False, id="review.leave", tooltip="Choose nothing; leave the query; go back"),
    ]

    def __init__(self, query: str = "") -> None:
        """Takes a query whose answers are to be reviewed; without one, all photographs are."""
        super().__init__()
        self._query, self._part = query, Part.WAITING
        self._order = Order.QUERY if query else Order.DOUBT
        self._doubts: dict[int, Doubt] = {}
        self._progress: Progress | None = None
        self._asks, self._keeps_place = "", True
        self._read = ReviewReader(self)

    @property
    def _list(self) -> QueueList:
        return self.query_one(QueueList)

    @property
    def _card(self) -> CaptionCard:
        return self.query_one(CaptionCard)

    @property
    def _item(self) -> QueueItem | None:
        image = self._list.current
        return None if image is None else self._list.item(image)

    def action_accept(self) -> None:
        """Accepts the caption, or those of the chosen photographs after a preview."""
        if self._list.chosen:
            self._read.preview("accept", self._chosen())
        elif (item := self._item) is not None:
            # A caption that was not yet read is not on the screen: nobody has seen what would be accepted.
            self._ask("accept", partial(app_of(self).annotations.accept, [item.image_id]), item.image_id)

    def action_reject(self) -> None:
        """Offers other sentences; of chosen photographs, rejects the captions after a preview."""
        if self._list.chosen:
            self._read.preview("reject", self._chosen())
        elif (item := self._item) is not None:
            self.app.push_screen(AlternativesScreen(item), partial(self._choose, item.image_id))

    def action_edit(self) -> None:
        """Turns the caption into a line to write in."""
        if (item := self._item) is not None:
            self._list.disabled = True
            self._card.edit(item.caption.text if item.caption else "")

    def action_tag(self) -> None:
        """Tags the photograph, or the chosen ones."""
        images = self._chosen() or [image for image in (self._list.current,) if image is not None]
        if images:
            self.app.push_screen(TagScreen(images), self._tagged)

    def action_skip(self) -> None:
        """Goes on to the next photograph that waits, round the end of the queue."""
        images, start = self._list.images, self._list.cursor
        for step in range(1, len(images)):
            item = self._list.item(images[(start + step) % len(images)])
            if item is None or item.caption is None or not item.caption.kept:
                self._list.cursor = (start + step) % len(images)
                return
        self._list.cursor += 1

    def action_undo(self) -> None:
        """Takes the latest action back."""
        self._ask("undo", app_of(self).annotations.undo)

    def action_redo(self) -> None:
        """Does again what was undone."""
        self._ask("redo", app_of(self).annotations.redo)

    def action_history(self) -> None:
        """Shows what happened to the words of the photograph."""
        if (image := self._list.current) is not None:
            self.app.push_screen(HistoryScreen(image))

    def action_agreement(self) -> None:
        """Shows the figures."""
        if self._progress is not None:
            self.app.push_screen(AgreementScreen(self._progress))

    def action_order(self) -> None:
        """Takes the next order."""
        orders = [one for one in Order if one is not Order.QUERY or self._query]
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        if self._order is not Order.QUERY:
            app_of(self).state.review_order = self._order.value
            app_of(self).remember()
        self._renew()

    def action_part(self) -> None:
        """Takes the next part of the library."""
        parts = list(Part)
        self._part = parts[(parts.index(self._part) + 1) % len(parts)]
        self._renew()

    def action_words(self) -> None:
        """Asks the model how sure it is of each word, from now on or no longer."""
        app = app_of(self)
        app.state.word_confidence = not app.state.word_confidence
        app.remember()
        self.notify("The model is asked about each word." if app.state.word_confidence else "No longer asked.")
        self._list.post_message(QueueList.Moved())

    def action_line(self, asks: str) -> None:
        """Opens the line for a query, or for the number of a line."""
        self._asks = asks
        line = self.query_one("#review-line", Input)
        line.value = self._query if asks == "query" else ""
        total = len(self._list.images)
        line.placeholder = "Review what a query finds" if asks == "query" else f"Go to line, 1 to {total:,}"
        line.add_class("open")
        line.focus()

    def action_reload(self) -> None:
        """Makes the queue anew, and keeps the cursor on its photograph."""
        self._renew(keep_place=True)

    def _renew(self, *, keep_place: bool = False) -> None:
        self._keeps_place = keep_place
        self._read.line_up(order=self._order, part=self._part, query=self._query)
        self._read.progress()

    async def action_leave(self) -> None:
        """Closes what is open, the innermost first."""
        line = self.query_one("#review-line", Input)
        if line.has_class("open"):
            line.remove_class("open")
            self._list.focus()
        elif not self._list.clear():
            if self._query and len(self.app.screen_stack) == 1:
                self._ask_for("")
            else:
                await app_of(self).action_back()

    def _ask(self, what: str, act: Callable[[], ActionRecord | None], image: int | None = None) -> None:
        """Asks for an action, and goes on to the next photograph without waiting for it."""
        app_of(self).desk.ask(what, act, answer=self)
        if image is not None:
            self._list.wait_for([image])
            self.action_skip()

    def _ask_for(self, query: str) -> None:
        self._query = query
        self._order = Order.QUERY if query else Order(app_of(self).state.review_order)
        self._renew()

    def _choose(self, image: int, choice: Choice | None) -> None:
        if choice is None:
            return
        app = app_of(self)
        if choice.caption is None:
            self._ask("reject", partial(app.annotations.reject, [image]))
        else:
            act = partial(app.annotations.choose, image, choice.caption, model=app.engine.model)
            self._ask("choose", act, image)

    def _tagged(self, action: ActionRecord | None) -> None:
        if action is not None:
            self._list.forget(action.images)
            self.notify(f"Tagged: {photographs(len(action.images))}")

    def _chosen(self) -> list[int]:
        return [image for image in self._list.images if image in self._list.chosen]
