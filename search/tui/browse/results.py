"""What a query found: the photographs, or why there are none."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from search.engine.answer import Answer
from search.engine.query import Query, Sort
from search.output.printable import photographs
from search.tui.browse.grid import Grid
from search.tui.context import Context

ORDER_TITLES = {
    Sort.DATE: "newest first",
    Sort.PATH: "by path",
    Sort.RANDOM: "in random order",
    Sort.SCORE: "best first",
}
NO_ANSWER = "This query has no answer; what is wrong with it stands above."
NO_MATCH = "Nothing in the library fits this.\n\nTry fewer or other words, or remove a filter."
NO_PHOTOGRAPHS = "The library holds no photographs yet.\n\nAdd a folder, or run: imgsearch index FOLDER"

SLOW = 0.1
"""Seconds after which it is said that an answer is on its way: one that comes sooner is all that is drawn."""


class Results(Vertical):
    """The grid in a frame that says how many photographs there are, and in which order."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="results")
        self.context = context
        self._pause: Timer | None = None
        self._sentence: str | None = None

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield Grid(self.context.engine, self.context.painter, self.context.state, id="grid")
        yield Static("", id="no-results")

    def on_mount(self) -> None:
        """Names the frame."""
        self.border_title = "Photographs"
        self._say("")

    @property
    def grid(self) -> Grid:
        """The photographs."""
        return self.query_one(Grid)

    @property
    def waiting(self) -> bool:
        """Whether an answer is on its way."""
        return self._pause is not None

    def wait(self) -> None:
        """Says that an answer is on its way, if it is slow; until it comes, what the query before found stays."""
        if self._pause is None:
            self._pause = self.set_timer(SLOW, self._say_searching)
        if self.grid.answer is None:
            self._say("")

    def show(self, answer: Answer, query: Query, *, moments: int, keep: bool) -> None:
        """Shows what was found, among it so many moments; where `keep` says so with the cursor on its photograph."""
        self._end_wait()
        count = len(answer.ranking)
        unfiltered = query == Query(sort=query.sort)
        order = ORDER_TITLES[query.sort or (Sort.SCORE if query.ranks else Sort.DATE)]
        order = "in the order of the album" if answer.query.album else order
        title = photographs(count - moments, moments=moments)
        self.border_title = title if answer.ranking.complete else f"{title} or more"
        self.border_subtitle = order if count else ""
        self._say("" if count else NO_PHOTOGRAPHS if unfiltered else NO_MATCH)
        self.grid.show(answer, keep=keep)

    def show_none(self) -> None:
        """Takes away what another query found."""
        self._end_wait()
        self.border_title, self.border_subtitle = "Photographs", ""
        self._say(NO_ANSWER)
        self.grid.clear()

    def _say_searching(self) -> None:
        # A timer that ended stands in the queue for a moment, and the answer may come before it.
        if self.waiting:
            self.border_subtitle = "searching…"

    def _end_wait(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def _say(self, sentence: str) -> None:
        """Says why there is nothing to see; an empty sentence makes room for what there is."""
        if sentence == self._sentence:
            return
        self._sentence = sentence
        empty = self.query_one("#no-results", Static)
        empty.update(Content(sentence))
        # Over the grid, which keeps the keys.
        empty.display = bool(sentence)


def remarks(answer: Answer) -> str:
    """What a person should know about how the words were read."""
    words = answer.words
    parts = [f"{part.word} read as {' or '.join(part.known)}" for part in words.substitutes] if words else []
    if words and words.unknown_words:
        parts.append(f"the model does not know: {', '.join(words.unknown_words)}")
    if answer.earlier_models:
        parts.append("some photographs still have to be described by this model")
    return "; ".join(parts)
