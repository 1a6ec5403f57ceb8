"""The browser: ask at the top, look through the grid, read beside it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Footer, Static
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data.errors import LibraryError
from search.engine.answer import Answer
from search.engine.query_language import Query, Sort
from search.engine.query_text import read
from search.errors import QuerySyntaxError, SearchError
from search.tui.app_of import app_of
from search.tui.browse.actions import BrowserActions
from search.tui.browse.detail import DetailPane
from search.tui.browse.grid import Grid
from search.tui.browse.search_bar import SearchBar
from search.tui.messages import LibraryChanged
from search.tui.top_bar import TopBar

if TYPE_CHECKING:
    pass

TITLES = {Sort.DATE: "newest first", Sort.PATH: "by path", Sort.RANDOM: "at random", Sort.SCORE: "best first"}
NOTHING_FITS = "Nothing in the library fits this.\n\nTry fewer or other words, or take a filter out."
NO_PHOTOGRAPHS = "The library holds no photographs yet.\n\nAdd a folder, or run: imgsearch index FOLDER"


class BrowserScreen(BrowserActions):
    """Where the app opens."""

    class Ranked(Message):
        """The engine answered a query."""

        def __init__(self, text: str, query: Query, answer: Answer, *, keep: bool, seconds: float) -> None:
            self.text, self.query, self.answer, self.keep, self.seconds = text, query, answer, keep, seconds
            super().__init__()

    class AskFailed(Message):
        """The engine had no answer to a query."""

        def __init__(self, text: str, sentence: str) -> None:
            self.text, self.sentence = text, sentence
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._seen_changes = 0
        self._cost = 0.0
        self._stale = False

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
        state = app_of(self).state
        self.set_class(state.detail, "with-detail")
        self.bar.line.history = state.history
        self.bar.put(state.query)
        self.grid.focus()

    # Asking

    @on(SearchBar.Asked)
    def _asked(self, message: SearchBar.Asked) -> None:
        """Understands a query and has it answered; one with an error leaves the former answer standing."""
        bar = self.bar
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
        state = app_of(self).state
        if not self.trail or self.trail[-1] != text:
            self.trail.append(text)
        state.remember(text)
        state.query = text
        self.bar.line.history = state.history
        app_of(self).remember()
        self.screen.set_focus(self.grid)

    @work(thread=True, exclusive=True, group="ask")
    def _ask(self, text: str, query: Query, *, keep: bool) -> None:
        worker, start = get_current_worker(), time.perf_counter()
        told: Message
        try:
            answer = app_of(self).engine.search(query)
            told = self.Ranked(text, query, answer, keep=keep, seconds=time.perf_counter() - start)
        except (SearchError, CaptioningError, LibraryError) as error:
            told = self.AskFailed(text, str(error))
        if not worker.is_cancelled:
            self.post_message(told)

    @on(AskFailed)
    def _ask_failed(self, message: AskFailed) -> None:
        if message.text == self._text:
            self.bar.complain(message.sentence)

    @on(Ranked)
    def _ranked(self, message: Ranked) -> None:
        if message.text != self._text:
            return
        self._cost = message.seconds
        answer, query = message.answer, message.query
        count = len(answer.ranking)
        everything = query == Query(sort=query.sort)
        order = TITLES[query.sort or (Sort.SCORE if query.ranks else Sort.DATE)]
        found = self.query_one("#found")
        found.border_title = "1 photograph" if count == 1 else f"{count:,} photographs"
        found.border_subtitle = order if count else ""
        nothing = self.query_one("#nothing", Static)
        nothing.update(Content(NO_PHOTOGRAPHS if everything else NOTHING_FITS))
        nothing.display = not count
        grid = self.grid
        grid.display = bool(count)
        self.bar.say(_remarks(answer))
        grid.show(answer, keep=message.keep)

    # Following

    @on(Grid.Highlighted)
    def _highlighted(self, message: Grid.Highlighted) -> None:
        grid = self.grid
        self.pane.show(message.image_id, grid.hit)

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        """Asks again, but not more often than the answers take time."""
        if not self._stale:
            self._stale = True
            self.set_timer(min(30.0, 0.05 + 10 * self._cost), self._refresh)

    def _refresh(self) -> None:
        self._stale = False
        self._seen_changes = app_of(self).changes
        try:
            query = read(self._text)
        except SearchError:
            return
        self._ask(self._text, query, keep=True)
        self.pane.read()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Takes up what changed while another room was open."""
        if app_of(self).changes != self._seen_changes:
            self._library_changed()
        self.set_class(app_of(self).state.detail, "with-detail")
        self.grid.redraw()


def _remarks(answer: Answer) -> str:
    """What a person should know about how the words were read."""
    words = answer.words
    parts = [f"{part.word} read as {' or '.join(part.known)}" for part in words.substitutes] if words else []
    if words and words.unknown_words:
        parts.append(f"the model does not know: {', '.join(words.unknown_words)}")
    if answer.earlier_models:
        parts.append("some photographs wait to be described by this model")
    return "; ".join(parts)
