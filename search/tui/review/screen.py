"""The review: a queue of captions, the least sure first, each judged with one key and stored at once."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer

from index_data.annotation.order import Order, Part
from index_data.annotation.queue import QueueItem, ReviewProgress
from index_data.annotation.uncertainty import Uncertainty
from index_data.catalogue.annotation_records import ActionRecord
from search.engine.completion import Completer
from search.output.action_words import changed
from search.tui.context import Context
from search.tui.messages import LibraryChanged
from search.tui.review import keys
from search.tui.review import reader as reading
from search.tui.review.caption_card import CaptionCard
from search.tui.review.editing import Editing
from search.tui.review.header import ReviewHeader
from search.tui.review.judging import Judging
from search.tui.review.line import LinePurpose, ReviewLine
from search.tui.review.queue_list import QueueList
from search.tui.review.reader import ReviewReader
from search.tui.screens.acceptance import AcceptanceScreen
from search.tui.screens.history import HistoryScreen
from search.tui.screens.tags import TagScreen
from search.tui.services.write_queue import Write, WriteFinished, WriteRefused
from search.tui.widgets.completion_input import CompletionInput
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar
from search.tui.widgets.word_confidence import WordConfidences

SETTLE = 1.5
"""Seconds between two looks at what others changed."""


class ReviewScreen(Screen[None]):
    """The queue at the left, the photograph at its cursor beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BINDINGS]

    def __init__(self, context: Context, query: str = "") -> None:
        """Takes a query whose answers are to be reviewed; without one, all photographs are."""
        super().__init__()
        self.context = context
        self._reader = ReviewReader(self, context)
        self._query, self._part = query, Part.WAITING
        self._order = Order.QUERY if query else Order.UNCERTAINTY
        self._uncertainties: dict[int, Uncertainty] = {}
        self._word_confidences: dict[int, WordConfidences] = {}
        self._progress: ReviewProgress | None = None
        self._keeps_place = True
        self._seen_changes = 0
        self._settling: Timer | None = None
        self._editing = Editing(self, context)
        self._judging = Judging(self, context, self._reader, write=self._write, write_and_skip=self._write_and_skip)

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield TopBar("review")
        yield ReviewHeader()
        yield ReviewLine()
        with Horizontal(id="review-body"):
            yield QueueList(id="queue")
            yield CaptionCard(self.context.painter, Completer(self.context.engine.words), id="card")
        yield KeyBar()

    def on_mount(self) -> None:
        """Makes the queue."""
        if not self._query:
            self._order = self._remembered_order()
        self._seen_changes = self.context.activity().changes
        self._list.focus()
        self.action_reload()

    def on_screen_resume(self) -> None:
        """Takes up what changed while another screen was open."""
        if self.is_mounted and self._seen_changes != self.context.activity().changes:
            self._library_changed()

    @property
    def _list(self) -> QueueList:
        return self.query_one(QueueList)

    @property
    def _card(self) -> CaptionCard:
        return self.query_one(CaptionCard)

    @property
    def _line(self) -> ReviewLine:
        return self.query_one(ReviewLine)

    @property
    def _item(self) -> QueueItem | None:
        image = self._list.current
        return None if image is None else self._list.item(image)

    # What was read

    @on(reading.LinedUp)
    def _lined_up(self, message: reading.LinedUp) -> None:
        if message.anew:
            self._uncertainties = dict(message.queue.uncertainties)
            measured = (image for image in message.queue.images if image in self._uncertainties)
            self._list.ranks = {image: rank for rank, image in enumerate(measured)}
            self._list.reread()
            self._list.line_up(message.queue.images, at=self._list.current if self._keeps_place else None)
            if not self._keeps_place:
                self._list.cursor = 0
        else:
            self._uncertainties.update(message.queue.uncertainties)
            self._list.add(message.queue.images)
        self._draw_header()
        self._draw_card()

    @on(QueueList.ItemsMissed)
    def _items_missed(self, message: QueueList.ItemsMissed) -> None:
        self._reader.items(message.images, self._uncertainties)

    @on(reading.ItemsRead)
    def _items_read(self, message: reading.ItemsRead) -> None:
        self._list.put(message.items, serial=message.serial)
        self._list.drop(set(message.requested) - {item.image_id for item in message.items})
        if self._list.current in message.requested:
            self._draw_card()

    @on(reading.ProgressRead)
    def _progress_read(self, message: reading.ProgressRead) -> None:
        self._progress = message.progress
        self.query_one(ReviewHeader).show_progress(message.progress)
        self._draw_header()

    @on(reading.WordsRead)
    def _words_read(self, message: reading.WordsRead) -> None:
        self._word_confidences[message.caption_id] = message.words
        self._draw_card()

    @on(reading.ReadFailed)
    def _read_failed(self, message: reading.ReadFailed) -> None:
        self.notify(message.sentence, severity="error", markup=False)

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._seen_changes = self.context.activity().changes
        if self._settling is None:
            self._settling = self.set_timer(SETTLE, self._settle)

    def _settle(self) -> None:
        self._settling = None
        self._list.reread()
        costly = self._order is Order.UNCERTAINTY and self._part is not Part.TAGS
        order = Order.PATH if costly else self._order
        self._reader.line_up(order=order, part=self._part, query=self._query, anew=False)
        self._reader.progress()

    # Judging

    def action_accept(self) -> None:
        """Accepts the caption, or those of the chosen photographs after a preview; or likewise proposed tags."""
        if self._part is Part.TAGS:
            self._judging.judge_tags(self._item, accept=True)
        else:
            self._judging.accept(self._item)

    def action_reject(self) -> None:
        """Offers other sentences; rejects the captions of chosen photographs after a preview, or proposed tags."""
        if self._part is Part.TAGS:
            self._judging.judge_tags(self._item, accept=False)
        else:
            self._judging.reject(self._item)

    @on(reading.ChangePreviewed)
    def _change_previewed(self, message: reading.ChangePreviewed) -> None:
        self._judging.confirm(message)

    def action_edit(self) -> None:
        """Turns the caption into a line to write in."""
        if (item := self._item) is not None:
            self._editing.begin(item)

    @on(CompletionInput.Changed)
    def _caption_changed(self, message: CompletionInput.Changed) -> None:
        if (item := self._item) is not None:
            self._editing.keep(item, message.text)

    @on(CompletionInput.Submitted)
    def _caption_submitted(self, message: CompletionInput.Submitted) -> None:
        if (item := self._item) is not None and (write := self._editing.finish(item, message.text)) is not None:
            self._write_and_skip("edit", write, item.image_id)

    @on(CompletionInput.Cancelled)
    def _give_up_editing(self) -> None:
        self._editing.give_up(self._item)

    def action_tag(self) -> None:
        """Tags the photograph, or the chosen ones."""
        images = self._judging.chosen or [image for image in (self._list.current,) if image is not None]
        if images:
            self.app.push_screen(TagScreen(self.context, images), self._tagged)

    def _tagged(self, action: ActionRecord | None) -> None:
        if action is not None:
            self._list.reread(action.images)
            self.notify(f"Tagged: {changed(action)}")

    def action_undo(self) -> None:
        """Takes the latest action back."""
        self._write("undo", self.context.annotations.undo)

    def action_redo(self) -> None:
        """Does again what was undone."""
        self._write("redo", self.context.annotations.redo)

    def _write(self, kind: str, write: Write) -> None:
        """Makes a change."""
        self.context.writes.submit(kind, write, reply_to=self)

    def _write_and_skip(self, kind: str, write: Write, image: int) -> None:
        """Makes a change, and goes on to the next photograph without waiting for it."""
        self._write(kind, write)
        self._list.mark_pending(image)
        self.action_skip()

    @on(WriteFinished)
    def _write_finished(self, message: WriteFinished) -> None:
        message.stop()
        action = message.action
        if action is None:
            self._list.reread()
            self.notify("There is nothing to change: it is so already.")
            return
        images = action.images
        self._list.reread(images)
        if message.kind == "reject" and self._part is Part.WAITING:
            self._list.send_back(images)
        reverted = message.kind in ("undo", "redo")
        if reverted:
            self._list.add(images[:1])
            self._list.go_to_first(images)
        if reverted or len(images) > 1:
            kind = f"{action.kind} of " if reverted else ""
            self.notify(f"{keys.DONE[message.kind]}: {kind}{changed(action)}")
        self._reader.progress()

    @on(WriteRefused)
    def _write_refused(self, message: WriteRefused) -> None:
        message.stop()
        self._list.reread()
        sentence = message.sentence.capitalize()
        self.notify(sentence, severity="information" if message.harmless else "error", markup=False)

    # Going through the queue

    def action_skip(self) -> None:
        """Goes on to the next photograph that waits, round the end of the queue."""
        images, start = self._list.images, self._list.cursor
        for step in range(1, len(images)):
            if self._list.waits(images[(start + step) % len(images)]):
                self._list.cursor = (start + step) % len(images)
                return
        self._list.cursor += 1

    def action_order(self) -> None:
        """Takes the next order."""
        orders = [order for order in Order if order is not Order.QUERY or self._query]
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        if self._order is not Order.QUERY:
            self.context.state.review_order = self._order.value
            self.context.remember()
        self._renew()

    def action_part(self) -> None:
        """Takes the next part of the library."""
        parts = list(Part)
        self._part = parts[(parts.index(self._part) + 1) % len(parts)]
        self._list.by_tags = self._part is Part.TAGS
        self._renew()

    def action_line(self, purpose: LinePurpose) -> None:
        """Opens the line for a query, or for the number of a line."""
        self._line.open(purpose, query=self._query, rows=len(self._list.images))

    @on(ReviewLine.RowEntered)
    def _row_entered(self, message: ReviewLine.RowEntered) -> None:
        self._list.focus()
        self._list.cursor = message.row

    @on(ReviewLine.QueryEntered)
    def _query_entered(self, message: ReviewLine.QueryEntered) -> None:
        self._list.focus()
        self._review_query(message.query)

    def _review_query(self, query: str) -> None:
        self._query = query
        self._order = Order.QUERY if query else self._remembered_order()
        self._renew()

    def _remembered_order(self) -> Order:
        stored = self.context.state.review_order
        return Order(stored) if stored in (Order.UNCERTAINTY, Order.DATE, Order.PATH) else Order.UNCERTAINTY

    def action_reload(self) -> None:
        """Makes the queue anew, and keeps the cursor on its photograph."""
        self._renew(keep_place=True)

    def _renew(self, *, keep_place: bool = False) -> None:
        self._keeps_place = keep_place
        self._reader.line_up(order=self._order, part=self._part, query=self._query)
        self._reader.progress()

    async def action_leave(self) -> None:
        """Closes what is open, the innermost first."""
        if self._line.is_open:
            self._line.close()
            self._list.focus()
        elif not self._list.unchoose():
            if self._query and len(self.app.screen_stack) == 1:
                self._review_query("")
            else:
                await self.run_action("app.back")

    # What is shown

    def action_history(self) -> None:
        """Shows what happened to the caption of the photograph."""
        if (image := self._list.current) is not None:
            self.app.push_screen(HistoryScreen(self.context.annotations, image))

    def action_agreement(self) -> None:
        """Shows the figures."""
        if self._progress is not None:
            self.app.push_screen(AcceptanceScreen(self._progress))

    def action_words(self) -> None:
        """Asks the model how sure it is of each word, from now on or no longer."""
        state = self.context.state
        state.word_confidence = not state.word_confidence
        self.context.remember()
        self.notify("The model is asked about each word." if state.word_confidence else "No longer asked.")
        self._draw_card()

    @on(QueueList.CursorMoved)
    def _draw_card(self) -> None:
        item = self._item
        words: WordConfidences = ()
        if item is not None and item.caption is not None:
            caption = item.caption.caption_id
            words = self._word_confidences.get(caption, ())
            if self.context.state.word_confidence and caption not in self._word_confidences:
                self._reader.words(item)
        rank = None if item is None else self._list.ranks.get(item.image_id)
        place = "" if rank is None else f"number {rank + 1:,} of {len(self._list.ranks):,}, the least sure first"
        self._card.show(item, words, place=place)
        self._draw_titles()

    @on(QueueList.ChoiceChanged)
    def _draw_titles(self) -> None:
        queue = self._list
        queue.border_title = "Queue · space chooses"
        position = f"{queue.cursor + 1:,} of {len(queue.images):,}" if queue.images else ""
        ranging = "range from here · " if queue.range_start is not None else ""
        chosen = f"{len(queue.chosen):,} chosen · " if queue.chosen else ""
        queue.border_subtitle = ranging + chosen + position

    def _draw_header(self) -> None:
        count = len(self._list.images)
        if self._part is Part.WAITING and not self._query and self._progress is not None:
            # What was judged stays in the list until the queue is made anew.
            count = self._progress.waiting
        self.query_one(ReviewHeader).show_queue(count, part=self._part, order=self._order, query=self._query)
