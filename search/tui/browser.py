"""The browser: ask at the top, look through the grid, read beside it."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data.errors import LibraryError
from search.errors import QuerySyntaxError, SearchError
from search.query_language import Query, Sort
from search.query_text import filter_value, read, with_filter
from search.tui import asking
from search.tui.asking import Ranking
from search.tui.choosing import ChoiceScreen, LineScreen
from search.tui.detail import DetailPane
from search.tui.filters import FiltersScreen
from search.tui.grid import Grid
from search.tui.messages import Failed, LibraryChanged
from search.tui.nearest import NearestScreen
from search.tui.queries import QueriesScreen
from search.tui.search_bar import QueryInput, SearchBar
from search.tui.top_bar import TopBar
from search.tui.viewer import ViewerError, open_in_viewer

if TYPE_CHECKING:
    from search.tui.app import ImgsearchApp

ORDERS = (
    ("", "As it fits best: by the words, else the newest first"),
    (Sort.DATE, "Newest first"),
    (Sort.PATH, "By path"),
    (Sort.RANDOM, "At random"),
)
TITLES = {Sort.DATE: "newest first", Sort.PATH: "by path", Sort.RANDOM: "at random", Sort.SCORE: "best first"}
SMALLER = ("small", "medium", "large")

KEYS = (
    ("slash", "search", "Search", True, "/", "Type a query"),
    ("m", "alike", "Like", True, None, "What looks like this photograph"),
    ("c", "captions", "Captions", True, None, "The captions nearest to this photograph"),
    ("s", "sort", "Sort", True, None, "Choose what comes first"),
    ("f", "filter", "Filter", True, None, "Fill in filters: path, tag, date, camera, size"),
    ("d,enter", "details", "Details", True, "d", "Open or close the details"),
    ("o", "open", "Open", True, None, "Open the file in the system's viewer"),
    ("w", "words", "Words", False, None, "How sure the model is of each word of a caption"),
    ("y", "copy", "Copy", False, None, "Copy the path"),
    ("plus,equals_sign", "size(1)", "Larger", False, "+", "Larger thumbnails"),
    ("minus", "size(-1)", "Smaller", False, "-", "Smaller thumbnails"),
    ("ctrl+s", "save", "Save", False, None, "Keep this query under a name"),
    ("ctrl+r", "queries", "History", False, None, "Saved searches and history"),
    ("escape,backspace", "back", "Back", False, "esc", "Unmark what is marked, else the query before"),
)
"""Keys, action, label, whether the footer shows it, how the key is shown, and what it does."""

NOTHING_FITS = "Nothing in the library fits this.\n\nTry fewer or other words, or take a filter out."
NO_PHOTOGRAPHS = "The library holds no photographs yet.\n\nAdd a folder, or run: imgsearch index FOLDER"


class BrowserScreen(Screen[None]):
    """Where the app opens."""

    HORIZONTAL_BREAKPOINTS = [(0, "narrow"), (110, "wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, label, show=show, key_display=key, id=f"browse.{label.lower()}", tooltip=tooltip)
        for keys, action, label, show, key, tooltip in KEYS
    ]

    class Ranked(Message):
        """The engine answered a query."""

        def __init__(self, text: str, query: Query, ranking: Ranking, *, keep: bool, seconds: float) -> None:
            self.text, self.query, self.ranking, self.keep, self.seconds = text, query, ranking, keep, seconds
            super().__init__()

    class AskFailed(Message):
        """The engine had no answer to a query."""

        def __init__(self, text: str, sentence: str) -> None:
            self.text, self.sentence = text, sentence
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._trail: list[str] = []
        self._seen_changes = 0
        self._cost = 0.0
        self._stale = False

    @property
    def _app(self) -> ImgsearchApp:
        return cast("ImgsearchApp", self.app)

    def compose(self) -> ComposeResult:
        """Draws the room."""
        yield TopBar("browse")
        yield SearchBar()
        with Horizontal(id="browse"):
            with Vertical(id="found"):
                yield Grid(id="grid")
                yield Static("", id="nothing")
            yield DetailPane()
        yield Footer()

    def on_mount(self) -> None:
        """Asks again what was asked last."""
        self.query_one("#nothing").display = False
        self.query_one("#found").border_title = "Photographs"
        state = self._app.state
        self.set_class(state.detail, "with-detail")
        self.query_one(QueryInput).history = state.history
        self.query_one(SearchBar).put(state.query)
        self.query_one(Grid).focus()

    # Asking

    @on(SearchBar.Asked)
    def _asked(self, message: SearchBar.Asked) -> None:
        """Understands a query and has it answered; one with an error leaves the former answer standing."""
        bar = self.query_one(SearchBar)
        try:
            query = read(message.text)
        except QuerySyntaxError as error:
            bar.complain(str(error), error.position)
            return
        except SearchError as error:
            bar.complain(str(error))
            return
        if message.finished:
            self._finish(message.text.strip())
        self._text = message.text
        self._ask(message.text, query, keep=False)

    def _finish(self, text: str) -> None:
        state = self._app.state
        if not self._trail or self._trail[-1] != text:
            self._trail.append(text)
        state.remember(text)
        state.query = text
        self.query_one(QueryInput).history = state.history
        self._app.remember()
        self.query_one(Grid).focus()

    @work(thread=True, exclusive=True, group="ask")
    def _ask(self, text: str, query: Query, *, keep: bool) -> None:
        worker, start = get_current_worker(), time.perf_counter()
        told: Message
        try:
            ranking = asking.rank(self._app.engine, self._app.library, query)
            told = self.Ranked(text, query, ranking, keep=keep, seconds=time.perf_counter() - start)
        except (SearchError, CaptioningError, LibraryError) as error:
            told = self.AskFailed(text, str(error))
        if not worker.is_cancelled:
            self.post_message(told)

    @on(AskFailed)
    def _ask_failed(self, message: AskFailed) -> None:
        if message.text == self._text:
            self.query_one(SearchBar).complain(message.sentence)

    @on(Ranked)
    def _ranked(self, message: Ranked) -> None:
        if message.text != self._text:
            return
        self._cost = message.seconds
        ranking, query = message.ranking, message.query
        count = len(ranking.image_ids)
        everything = query == Query(sort=query.sort)
        order = TITLES[query.sort or (Sort.SCORE if query.ranks else Sort.DATE)]
        found = self.query_one("#found")
        found.border_title = "1 photograph" if count == 1 else f"{count:,} photographs"
        found.border_subtitle = order if count else ""
        nothing = self.query_one("#nothing", Static)
        nothing.update(Content(NO_PHOTOGRAPHS if everything else NOTHING_FITS))
        nothing.display = not count
        grid = self.query_one(Grid)
        grid.display = bool(count)
        self.query_one(SearchBar).say(_remarks(ranking))
        grid.show(ranking, keep=message.keep)

    # Following

    @on(Grid.Highlighted)
    def _highlighted(self, message: Grid.Highlighted) -> None:
        grid = self.query_one(Grid)
        self.query_one(DetailPane).show(message.image_id, grid.hit)

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        """Asks again, but not more often than the answers take time."""
        if not self._stale:
            self._stale = True
            self.set_timer(min(30.0, 0.05 + 10 * self._cost), self._refresh)

    def _refresh(self) -> None:
        self._stale = False
        self._seen_changes = self._app.changes
        try:
            query = read(self._text)
        except SearchError:
            return
        self._ask(self._text, query, keep=True)
        self.query_one(DetailPane).read()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Takes up what changed while another room was open."""
        if self._app.changes != self._seen_changes:
            self._library_changed()
        self.query_one(Grid).redraw()

    # Keys

    def action_search(self) -> None:
        """Goes to the search line."""
        self.query_one(QueryInput).focus()

    @on(QueryInput.Left)
    def _left(self) -> None:
        self.query_one(Grid).focus()

    def action_alike(self) -> None:
        """Asks for what looks like the photograph."""
        if (image := self.query_one(Grid).image_id) is not None:
            self.query_one(SearchBar).put(f"like:#{image}")

    def action_captions(self) -> None:
        """Shows the captions nearest to the photograph."""
        if (image := self.query_one(Grid).image_id) is not None:
            self.app.push_screen(NearestScreen(image), self._put)

    def action_sort(self) -> None:
        """Chooses the order, which becomes a part of the query."""
        present = filter_value(self._text, "sort").lower()

        def chosen(order: str | None) -> None:
            if order is not None:
                self._put(with_filter(self._text, "sort", order))

        self.app.push_screen(ChoiceScreen("What comes first", ORDERS, present), chosen)

    def action_filter(self) -> None:
        """Fills in filters, which become a part of the query."""
        self.app.push_screen(FiltersScreen(self.query_one(QueryInput).value), self._put)

    def action_save(self) -> None:
        """Keeps the query under a name."""
        text = self.query_one(QueryInput).value.strip()
        if not text:
            self.notify("there is no query to keep; type one first", severity="warning")
            return

        def named(name: str | None) -> None:
            if name:
                self._app.state.saved[name] = text
                self._app.remember()
                self.notify(f"kept as {name}; find it with ctrl+r", markup=False)

        self.app.push_screen(LineScreen("Keep this search", text, text), named)

    def action_queries(self) -> None:
        """Chooses a saved search or an earlier query."""
        self.app.push_screen(QueriesScreen(), self._put)

    def _put(self, text: str | None) -> None:
        if text is not None:
            self.query_one(SearchBar).put(text)

    def action_back(self) -> None:
        """Unmarks what is marked; closes the details where they cover the grid; else asks the query before."""
        grid = self.query_one(Grid)
        if grid.marked:
            grid.marked = set()
            grid.refresh()
        elif self.has_class("covered"):
            self.action_details()
        elif len(self._trail) > 1:
            self._trail.pop()
            self.query_one(SearchBar).put(self._trail.pop())

    @on(Grid.Opened)
    def action_details(self) -> None:
        """Opens or closes the details: beside the grid, or over it where there is no room beside."""
        if self.has_class("narrow"):
            self.toggle_class("covered")
        else:
            self.toggle_class("with-detail")
            self._app.state.detail = self.has_class("with-detail")
            self._app.remember()
        grid, pane = self.query_one(Grid), self.query_one(DetailPane)
        self.call_after_refresh(pane.read)
        (self.query_one("#facts") if self.has_class("covered") and self.has_class("narrow") else grid).focus()

    def action_words(self) -> None:
        """Shows how sure the model is of each word, of this and the next photographs, or no longer."""
        state, pane = self._app.state, self.query_one(DetailPane)
        state.word_confidence = not state.word_confidence
        self._app.remember()
        if state.word_confidence:
            pane.weigh()
        else:
            pane.clear_words()

    def action_size(self, step: int) -> None:
        """Makes the thumbnails larger or smaller."""
        state = self._app.state
        at = SMALLER.index(state.thumbnails) if state.thumbnails in SMALLER else 1
        state.thumbnails = SMALLER[max(0, min(len(SMALLER) - 1, at + step))]
        self._app.remember()
        self.query_one(Grid).redraw()

    def action_open(self) -> None:
        """Opens the file in the system's viewer."""
        if (hit := self.query_one(Grid).hit) is not None:
            self.run_worker(partial(self._open, hit.paths[0]), thread=True, group="viewer")

    def _open(self, path: bytes) -> None:
        try:
            open_in_viewer(path)
        except ViewerError as error:
            self.app.post_message(Failed(str(error)))

    def action_copy(self) -> None:
        """Copies the path of the photograph."""
        if (hit := self.query_one(Grid).hit) is not None:
            self.app.copy_to_clipboard(os.fsdecode(hit.paths[0]))
            self.notify("the path was copied")


def _remarks(ranking: Ranking) -> str:
    """What a person should know about how the words were read."""
    parts = [f"{one.word} read as {' or '.join(one.known)}" for one in ranking.stand_ins]
    if ranking.unknown_words:
        parts.append(f"the model does not know: {', '.join(ranking.unknown_words)}")
    if ranking.earlier_models:
        parts.append("some photographs wait to be described by this model")
    return "; ".join(parts)
