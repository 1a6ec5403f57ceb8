"""The review: a queue of captions, the most doubtful first, each judged with one key and stored at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Input, Static

from index_data.annotation_records import ActionRecord
from index_data.doubt import Doubt
from index_data.review import Order, Part, Progress, QueueItem
from index_data.wording import visible
from search.completion import Completer
from search.tui import review_reading as reading
from search.tui.agreement import AgreementScreen, in_a_line
from search.tui.alternatives import AlternativesScreen, Choice
from search.tui.app_of import app_of
from search.tui.caption_card import CaptionCard, shown_path
from search.tui.completing import CompletingInput
from search.tui.desk import Acted, Refused
from search.tui.history import HistoryScreen
from search.tui.messages import LibraryChanged
from search.tui.preview import PreviewScreen
from search.tui.queue_list import QueueList
from search.tui.review_reading import ReviewReader, Words
from search.tui.tagging import TagScreen
from search.tui.themes import MUTED
from search.tui.top_bar import TopBar

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
    "tag": "Tagged",
    "undo": "Undone",
    "redo": "Done again",
}
SETTLE = 1.5
"""Seconds between two looks at what others changed."""


class ReviewScreen(Screen[None]):
    """The queue at the left, the photograph at its cursor beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "accept", "Accept", id="review.accept", tooltip="The caption is fine, or those of all chosen"
        ),
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
        self._known_words: dict[int, Words] = {}
        self._progress: Progress | None = None
        self._asks, self._seen = "", 0
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

    def on_mount(self) -> None:
        """Makes the queue."""
        self._read = ReviewReader(self)
        stored = app_of(self).state.review_order
        if not self._query and stored in (Order.DOUBT, Order.DATE, Order.PATH):
            self._order = Order(stored)
        self._seen = app_of(self).changes
        self._list.focus()
        self.action_reload()

    # What a person does

    def action_accept(self) -> None:
        """Accepts the caption, or those of the chosen photographs after a preview."""
        if self._list.chosen:
            self._read.preview("accept", self._chosen())
        elif (image := self._list.current) is not None:
            self._ask("accept", partial(app_of(self).annotations.accept, [image]), image)

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
        self.action_reload()

    def action_part(self) -> None:
        """Takes the next part of the library."""
        parts = list(Part)
        self._part = parts[(parts.index(self._part) + 1) % len(parts)]
        self.action_reload()

    def action_words(self) -> None:
        """Asks the model how sure it is of each word, from now on or no longer."""
        app = app_of(self)
        app.state.word_confidence = not app.state.word_confidence
        app.remember()
        self.notify("The model is asked about each word." if app.state.word_confidence else "No longer asked.")
        self._show()

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
        self.query_one("#review-what", Static).update(self._what("…"))
        self._read.line_up(order=self._order, part=self._part, query=self._query)
        self._read.progress()

    def action_leave(self) -> None:
        """Closes what is open, the innermost first."""
        line = self.query_one("#review-line", Input)
        if line.has_class("open"):
            line.remove_class("open")
            self._list.focus()
        elif not self._list.clear():
            if self._query:
                self._ask_for("")
            else:
                app_of(self).action_back()

    # What comes back

    @on(reading.LinedUp)
    def _lined_up(self, message: reading.LinedUp) -> None:
        if message.anew:
            self._doubts = dict(message.queue.doubts)
            self._list.forget()
            self._list.line_up(message.queue.images, at=self._list.current)
        else:
            self._doubts.update(message.queue.doubts)
            self._list.add(message.queue.images)
        self.query_one("#review-what", Static).update(self._what(f"{len(self._list.images):,}"))
        self._show()

    @on(QueueList.ItemsMissed)
    def _items_missed(self, message: QueueList.ItemsMissed) -> None:
        self._read.items(message.images, self._doubts)

    @on(reading.ItemsRead)
    def _items_read(self, message: reading.ItemsRead) -> None:
        self._list.put(message.items)
        self._list.drop(set(message.asked) - {item.image_id for item in message.items})
        if self._list.current in message.asked:
            self._show()

    @on(reading.ProgressRead)
    def _progress_read(self, message: reading.ProgressRead) -> None:
        self._progress = message.progress
        self.query_one("#review-progress", Static).update(in_a_line(message.progress))

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
            (shown_path(item.paths[0].rpartition(b"/")[2]), item.caption.text if item.caption else "")
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
            self._list.go_to(images[0])
        if message.what in ("undo", "redo") or len(images) > 1:
            count = "1 photograph" if len(images) == 1 else f"{len(images):,} photographs"
            kind = f"{action.kind} of " if message.what in ("undo", "redo") else ""
            self.notify(f"{DONE[message.what]}: {kind}{count}")
        self._read.progress()

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self._list.forget()
        severity = "information" if message.harmless else "error"
        self.notify(message.sentence.capitalize(), severity=severity, markup=False)  # type: ignore[arg-type]

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

    # Between them

    def _ask(self, what: str, act: Callable[[], ActionRecord | None], image: int | None = None) -> None:
        """Asks for an action, and goes on to the next photograph without waiting for it."""
        app_of(self).desk.ask(what, act, answer=self)
        if image is not None:
            self._list.wait_for([image])
            self.action_skip()

    def _ask_for(self, query: str) -> None:
        self._query = query
        self._order = Order.QUERY if query else Order(app_of(self).state.review_order)
        self.action_reload()

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
            self.notify(f"{DONE['tag']}: {len(action.images):,}")

    def _chosen(self) -> list[int]:
        return [image for image in self._list.images if image in self._list.chosen]

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
        self._list.border_title = "Queue"
        place = f"{self._list.cursor + 1:,} of {len(self._list.images):,}" if self._list.images else ""
        ranging = "range from here · " if self._list.range_start is not None else ""
        self._list.border_subtitle = ranging + (f"{chosen:,} chosen · " if chosen else "") + place

    def _what(self, count: str) -> Content:
        parts = [(f" {count} {PARTS[self._part]}", "bold"), (f" · {ORDERS[self._order]}", MUTED)]
        if self._query:
            parts += [(" · ", MUTED), (self._query, "$accent")]
        return Content.assemble(*parts)
