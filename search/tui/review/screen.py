"""The review: a queue of captions, the most doubtful first, each judged with one key and stored at once."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Footer, Input, Static

from index_data.annotation.normalize import visible
from index_data.annotation.queue import Order, Part
from search.engine.completion import Completer
from search.output.printable import printable
from search.tui.app_of import app_of
from search.tui.completion_input import CompletingInput
from search.tui.messages import LibraryChanged
from search.tui.review import reads as reading
from search.tui.review.acceptance import in_a_line
from search.tui.review.actions import ReviewActions, photographs
from search.tui.review.caption_card import CaptionCard
from search.tui.review.queue_list import QueueList
from search.tui.review.reads import Words
from search.tui.screens.preview import PreviewScreen
from search.tui.themes import MUTED
from search.tui.top_bar import TopBar
from search.tui.write_queue import Acted, Refused

ORDERS = {
    Order.DOUBT: "most doubtful first",
    Order.DATE: "oldest first",
    Order.PATH: "by path",
    Order.QUERY: "best answers first",
}
PARTS = {Part.WAITING: "waiting", Part.REVIEWED: "reviewed", Part.ALL: "all"}
DONE = {
    "accept": "Accepted",
    "edit": "Written",
    "reject": "Back to the queue",
    "choose": "Chosen",
    "undo": "Undone",
    "redo": "Done again",
}
SETTLE = 1.5
"""Seconds between two looks at what others changed."""


class ReviewScreen(ReviewActions):
    """The queue at the left, the photograph at its cursor beside it."""

    def __init__(self, query: str = "") -> None:
        """Takes a query whose answers are to be reviewed; without one, all photographs are."""
        super().__init__(query)
        self._known_words: dict[int, Words] = {}
        self._seen = 0
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield TopBar("review")
        with Horizontal(id="review-head"):
            yield Static("", id="review-what")
            yield Static("", id="review-progress")
        yield Input(id="review-line", compact=True)
        with Horizontal(id="review-body"):
            yield QueueList(id="queue")
            yield CaptionCard(Completer(app_of(self).engine.words), id="card")
        yield Footer()

    def on_mount(self) -> None:
        """Makes the queue."""
        stored = app_of(self).state.review_order
        if not self._query and stored in (Order.DOUBT, Order.DATE, Order.PATH):
            self._order = Order(stored)
        self._seen = app_of(self).changes
        self._list.focus()
        self.action_reload()

    @on(reading.LinedUp)
    def _lined_up(self, message: reading.LinedUp) -> None:
        if message.anew:
            self._doubts = dict(message.queue.doubts)
            self._list.forget()
            self._list.line_up(message.queue.images, at=self._list.current if self._keeps_place else None)
            if not self._keeps_place:
                self._list.cursor = 0
        else:
            self._doubts.update(message.queue.doubts)
            self._list.add(message.queue.images)
        self._tell_what()
        self._show()

    @on(QueueList.ItemsMissed)
    def _items_missed(self, message: QueueList.ItemsMissed) -> None:
        self._read.items(message.images, self._doubts)

    @on(reading.ItemsRead)
    def _items_read(self, message: reading.ItemsRead) -> None:
        self._list.put(message.items, serial=message.serial)
        self._list.drop(set(message.asked) - {item.image_id for item in message.items})
        if self._list.current in message.asked:
            self._show()

    @on(reading.ProgressRead)
    def _progress_read(self, message: reading.ProgressRead) -> None:
        self._progress = message.progress
        self.query_one("#review-progress", Static).update(in_a_line(message.progress))
        self._tell_what()

    @on(reading.WordsRead)
    def _words_read(self, message: reading.WordsRead) -> None:
        self._known_words[message.caption_id] = message.words
        self._show()

    @on(reading.ReadFailed)
    def _read_failed(self, message: reading.ReadFailed) -> None:
        self.notify(message.sentence, severity="error", markup=False)

    @on(reading.ChangePreviewed)
    def _previewed(self, message: reading.ChangePreviewed) -> None:
        what, images, chosen = message.what, list(message.images), len(self._list.chosen)
        if not images:
            self.notify("There is nothing to change.")
            return
        notes = app_of(self).annotations
        act = partial(notes.accept if what == "accept" else notes.reject, images)
        lines = [
            (printable(item.paths[0].rpartition(b"/")[2]), item.caption.text if item.caption else "")
            for item in message.items
        ]
        title = f"{what.capitalize()} the captions of {len(images):,} of the {chosen:,} chosen photographs"

        def answered(wanted: bool | None) -> None:
            if wanted:
                self._list.clear()
                self._ask(what, act)

        self.app.push_screen(PreviewScreen(title, lines, count=len(images)), answered)

    @on(Acted)
    def _acted(self, message: Acted) -> None:
        action = message.action
        if action is None:
            self._list.forget()
            self.notify("There is nothing to change: it says so already.")
            return
        images = action.images
        self._list.forget(images)
        if message.what == "reject" and self._part is Part.WAITING:
            self._list.send_back(images)
        if message.what in ("undo", "redo"):
            self._list.add(images[:1])
            self._list.go_to_first(images)
        if message.what in ("undo", "redo") or len(images) > 1:
            kind = f"{action.kind} of " if message.what in ("undo", "redo") else ""
            self.notify(f"{DONE[message.what]}: {kind}{photographs(len(images))}")
        self._read.progress()

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self._list.forget()
        sentence = message.sentence.capitalize()
        self.notify(sentence, severity="information" if message.harmless else "error", markup=False)

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._seen = app_of(self).changes
        if self._settling is None:
            self._settling = self.set_timer(SETTLE, self._settle)

    def on_screen_resume(self) -> None:
        """Takes up what changed while another room was open."""
        if self.is_mounted and self._seen != app_of(self).changes:
            self._library_changed()

    @on(QueueList.Moved)
    def _moved(self) -> None:
        self._show()

    @on(QueueList.Chosen)
    def _chose(self) -> None:
        self._tell_chosen()

    @on(CompletingInput.Written)
    def _written(self, message: CompletingInput.Written) -> None:
        image = self._list.current
        if not visible(message.text):
            self.notify("A caption holds at least one character that can be seen.", severity="warning")
        elif image is not None:
            self._stop_editing()
            self._ask("edit", partial(app_of(self).annotations.edit, image, message.text), image)

    @on(CompletingInput.Left)
    def _stop_editing(self) -> None:
        self._card.read()
        self._list.disabled = False
        self._list.focus()

    @on(Input.Submitted, "#review-line")
    def _line_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.remove_class("open")
        self._list.focus()
        if self._asks == "query":
            self._ask_for(" ".join(event.value.split()))
        elif event.value.strip().isdecimal():
            self._list.cursor = int(event.value) - 1

    def _settle(self) -> None:
        self._settling = None
        self._list.forget()
        order = Order.PATH if self._order is Order.DOUBT else self._order
        self._read.line_up(order=order, part=self._part, query=self._query, anew=False)
        self._read.progress()

    def _show(self) -> None:
        item = self._item
        words: Words = ()
        if item is not None and item.caption is not None:
            words = self._known_words.get(item.caption.caption_id, ())
            if app_of(self).state.word_confidence and item.caption.caption_id not in self._known_words:
                self._read.words(item)
        self._card.show(item, words)
        self._tell_chosen()

    def _tell_chosen(self) -> None:
        chosen = len(self._list.chosen)
        self._list.border_title = "Queue · space chooses"
        place = f"{self._list.cursor + 1:,} of {len(self._list.images):,}" if self._list.images else ""
        ranging = "range from here · " if self._list.range_start is not None else ""
        self._list.border_subtitle = ranging + (f"{chosen:,} chosen · " if chosen else "") + place

    def _tell_what(self) -> None:
        count = len(self._list.images)
        if self._part is Part.WAITING and not self._query and self._progress is not None:
            # What was judged stays in the list until the queue is made anew.
            count = self._progress.waiting
        parts = [(f" {count:,} {PARTS[self._part]}", "bold"), (f" · {ORDERS[self._order]}", MUTED)]
        if self._query:
            parts += [(" · ", MUTED), (self._query, "$accent")]
        self.query_one("#review-what", Static).update(Content.assemble(*parts))
