"""Where a person asks: a line to type in, with what was understood or not under it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input, Static

from index_data import catalogue
from index_data.errors import LibraryError
from index_data.library import Library
from search.engine.completion import asks_album, with_album

LONGEST_PAUSE = 0.15
"""Seconds without a key after which what was typed is asked, at the latest: else as many as the last answer took."""

AT_ONCE = 0.05
"""Seconds: where the last answer took less, each letter is asked without waiting for the next."""

PLACEHOLDER = "a dog on a beach   -people   tag:holiday   after:2019-05   like:#12   sort:date"


class AlbumSuggester(Suggester):
    """Completes the name of an album behind `album:`; nothing is kept, since albums come and go."""

    def __init__(self, library: Library) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._library = library

    async def get_suggestion(self, value: str) -> str | None:
        """The first album or saved search, by name, that begins so."""
        if not asks_album(value):
            return None
        try:
            records = await asyncio.to_thread(self._library.read, catalogue.albums)
        except LibraryError:
            return None  # the query says so as soon as it is asked
        return with_album(value, [record.name for record in records])


class QueryInput(Input):
    """The line itself; up and down go through the history."""

    HELP = """The query. It is answered as you type, and remembered once you leave the line. What you type first
replaces the former query, which an arrow lets you change. Below stands how to ask."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Search", id="query.ask", tooltip="Ask now, and go to the photographs"),
        Binding("escape", "leave", "Photographs", id="query.leave", tooltip="To the photographs"),
        Binding("up", "earlier(-1)", "Earlier", id="query.earlier", tooltip="An earlier query"),
        Binding("down", "earlier(1)", show=False, id="query.later", tooltip="A later one, or the photographs"),
        Binding("ctrl+l", "clear", "Empty", id="query.clear", tooltip="Empty the query"),
    ]

    @dataclass
    class Exited(Message):
        """The person went to the photographs."""

    def __init__(self, library: Library) -> None:
        suggester = AlbumSuggester(library)
        super().__init__(placeholder=PLACEHOLDER, select_on_focus=False, id="query", suggester=suggester)
        self.history: list[str] = []
        self._back = 0
        self._draft = ""

    def action_earlier(self, step: int) -> None:
        """Goes through the history; what was being typed stands at its end."""
        at = self._back - step
        if at < 0:
            self.post_message(self.Exited())
            return
        draft = self.value if self._back == 0 else self._draft
        earlier = [query for query in reversed(self.history) if query != draft]
        if at > len(earlier):
            return
        self._draft = draft
        self._back = at
        self.value = self._draft if at == 0 else earlier[at - 1]
        self.cursor_position = len(self.value)

    def action_leave(self) -> None:
        """Leaves the line as it is."""
        self.post_message(self.Exited())

    def action_clear(self) -> None:
        """Empties the line."""
        self.value = ""

    @property
    def in_history(self) -> bool:
        """Whether it shows an earlier query, among which a person may be looking still."""
        return self._back > 0

    def leave_history(self) -> None:
        """Makes the next step begin at the end of the history."""
        self._back = 0


class SearchBar(Vertical):
    """The line, and under it the place and the cause of an error, or how the words were read."""

    @dataclass
    class QueryEntered(Message):
        """A person wrote a query; finished when the enter key said so rather than a pause."""

        text: str
        finished: bool

    def __init__(self, library: Library) -> None:
        super().__init__(id="search")
        self._library = library
        self._pause: Timer | None = None
        self._entered: str | None = None
        self._patience = LONGEST_PAUSE

    def compose(self) -> ComposeResult:
        """Draws the line."""
        yield QueryInput(self._library)
        yield Static("", id="query-note")

    def on_mount(self) -> None:
        """Names the box."""
        self.border_title = "Search"
        self.show_note()

    @property
    def line(self) -> QueryInput:
        """Where a person types."""
        return self.query_one(QueryInput)

    def put(self, text: str) -> None:
        """Sets the query as if it had been typed and finished."""
        self.restore(text)
        self._enter(finished=True)

    def restore(self, text: str) -> None:
        """Sets the query, and asks nothing."""
        self._entered = self.line.value = text
        self.line.cursor_position = len(text)

    def edit(self) -> None:
        """Waits for a query: what is typed replaces the former one, which is marked; an arrow leads into it."""
        # At once, where `focus` would wait: what is typed ahead belongs to the line.
        self.screen.set_focus(self.line)
        self.line.select_all()

    def expect(self, seconds: float) -> None:
        """Asks what is typed as soon as the library answers: the last answer took so long."""
        self._patience = 0.0 if seconds < AT_ONCE else min(LONGEST_PAUSE, seconds)

    def show_note(self, text: str = "") -> None:
        """Says something about the answer; an empty text hides the line."""
        self._show(Content(text), wrong=False)

    def forgive(self) -> None:
        """Takes away what was wrong with the query before."""
        if self.has_class("wrong"):
            self.show_note()

    def show_error(self, text: str, position: int | None = None) -> None:
        """Says what is wrong with the query, with a mark under the place."""
        if position is None:
            self._show(Content(text), wrong=True)
            return
        width = max(1, self.line.content_size.width)
        column = cell_len(self.line.value[:position]) - int(self.line.scroll_offset.x)
        column = max(0, min(column, width - 1))
        needed = cell_len(text) + 1
        if column + 1 + needed <= width:
            mark = f"{' ' * column}^ {text}"
        elif needed <= column:
            mark = f"{' ' * (column - needed)}{text} ^"
        else:
            mark = f"{' ' * column}^\n{text}"
        self._show(Content(mark), wrong=True)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        if self._pause is not None:
            self._pause.stop()
        if self._patience:
            self._pause = self.set_timer(self._patience, self._enter)
        else:
            self._enter()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._enter(finished=True)

    def _enter(self, *, finished: bool = False) -> None:
        if self._pause is not None:
            self._pause.stop()
        if finished:
            self.line.leave_history()
        if finished or self.line.value != self._entered:
            self._entered = self.line.value
            self.post_message(self.QueryEntered(self.line.value, finished=finished))

    def _show(self, text: Content, *, wrong: bool) -> None:
        note = self.query_one("#query-note", Static)
        # To lay the screen out anew takes longer than to answer.
        if text != note.content:
            note.update(text)
        if note.display != bool(text.plain):
            note.display = not note.display
        self.set_class(wrong, "wrong")
