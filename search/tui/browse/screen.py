"""The browser: search at the top, look through the grid, read beside it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data.errors import LibraryError
from search.engine.answer import Answer
from search.engine.options import DEFAULT_OPTIONS, SearchOptions
from search.engine.query import Query
from search.engine.query_text import read
from search.errors import QuerySyntaxError, SearchError
from search.output.film_names import named_place
from search.tui.browse import keys
from search.tui.browse.detail import DetailPane
from search.tui.browse.full_screen import FullScreen
from search.tui.browse.grid import Grid
from search.tui.browse.judgement import Judgement
from search.tui.browse.layout import SIZES
from search.tui.browse.moment_strip import MomentStrip
from search.tui.browse.query_choices import QueryChoices
from search.tui.browse.results import Results, remarks
from search.tui.browse.search_bar import QueryInput, SearchBar
from search.tui.browse.trail import Trail
from search.tui.context import Context
from search.tui.messages import ChangeMade, LibraryChanged
from search.tui.services.news import News
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from search.tui.browse.acts import Acts

REST = 0.4
"""Seconds without another query after which everything that answers is ranked: that takes some ten times as long."""


class BrowserScreen(Screen[None]):
    """Where the app opens."""

    HORIZONTAL_BREAKPOINTS = [(0, "narrow"), (110, "wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [*keys.BINDINGS]

    @dataclass
    class Answered(Message):
        """The engine answered a query: its first page, or where `keep` says so, all of it again."""

        text: str
        query: Query
        answer: Answer
        moments: int
        keep: bool
        seconds: float

    @dataclass
    class SearchFailed(Message):
        """The engine had no answer to a query."""

        text: str
        sentence: str

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._trail = Trail(context.state, context.remember)
        self._text = ""
        self._news = News()
        self._judgement = Judgement(self, context)
        self._seen_changes = 0
        self._cost = 0.0
        self._stale = False
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        context = self.context
        yield TopBar("browse")
        yield SearchBar(context.library)
        with Horizontal(id="browse"):
            yield Results(context)
            yield DetailPane(context)
        yield KeyBar()

    def on_mount(self) -> None:
        """Repeats the last search."""
        state = self.context.state
        self.set_class(state.detail, "with-detail")
        self._bar.line.history = state.history
        self._bar.restore(state.query)
        self.set_focus(self._grid)
        self._ask(state.query)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Takes up what changed while another screen was open."""
        if self.context.activity().changes != self._seen_changes:
            self._library_changed()
        self.set_class(self.context.state.detail, "with-detail")
        self._grid.redraw()

    @property
    def _results(self) -> Results:
        return self.query_one(Results)

    @property
    def _grid(self) -> Grid:
        return self._results.grid

    @property
    def _bar(self) -> SearchBar:
        return self.query_one(SearchBar)

    @property
    def _pane(self) -> DetailPane:
        return self.query_one(DetailPane)

    @cached_property
    def _choices(self) -> QueryChoices:
        return QueryChoices(self, self.context, self._bar)

    # Searching

    @on(SearchBar.QueryEntered)
    def _query_entered(self, message: SearchBar.QueryEntered) -> None:
        if not self._ask(message.text):
            return
        if message.finished:
            self._finish(message.text)
            if self._bar.line.has_focus:
                self.set_focus(self._grid)
        elif not self._bar.line.in_history:
            self._trail.grow(message.text)

    def _ask(self, text: str) -> bool:
        """Reads a query and has it answered; one with an error takes the former answer away."""
        self._text = text
        try:
            query = read(text)
        except SearchError as error:
            self._refuse(str(error), error.position if isinstance(error, QuerySyntaxError) else None)
            return False
        self._bar.forgive()
        self._results.wait()
        if self._rest is not None:
            self._rest.stop()
        self._search(text, query, keep=False)
        return True

    def _refuse(self, sentence: str, position: int | None = None) -> None:
        """Says what is wrong with the query, and shows nothing: what is there was found by another."""
        self._bar.show_error(sentence, position)
        self._results.show_none()

    def _finish(self, text: str) -> None:
        self._trail.finish(text)
        self._bar.line.history = self.context.state.history

    @on(Input.Blurred, "#query")
    def _query_left(self) -> None:
        """Keeps a query that a person left without the enter key."""
        if self._bar.line.value == self._text and not self._bar.has_class("wrong"):
            self._finish(self._text)

    @work(thread=True, exclusive=True, group="search", description="the query")
    def _search(self, text: str, query: Query, *, keep: bool) -> None:
        """Has the first page answered, or where the cursor is to be kept, everything."""
        worker, start, page = get_current_worker(), time.perf_counter(), self._grid.first_page
        engine = self.context.engine
        message: Message
        try:
            answer = engine.search(query, DEFAULT_OPTIONS if keep else SearchOptions(count=page))
            if keep:
                answer = replace(answer, hits=engine.hits(answer, 0, page))
            moments, seconds = engine.count_moments(answer), time.perf_counter() - start
            message = self.Answered(text, query, answer, moments, keep=keep, seconds=seconds)
        except (SearchError, CaptioningError, LibraryError) as error:
            message = self.SearchFailed(text, str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(SearchFailed)
    def _search_failed(self, message: SearchFailed) -> None:
        if message.text == self._text:
            self._refuse(message.sentence)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        if message.text != self._text:
            return
        self._cost = message.seconds
        self._bar.show_note(remarks(message.answer))
        self._results.show(message.answer, message.query, moments=message.moments, keep=message.keep)
        if not message.keep:
            self._bar.expect(message.seconds)
            ranking = message.answer.ranking
            if ranking.scores is not None and not (ranking.complete and len(ranking) <= len(message.answer.hits)):
                self._rest = self.set_timer(REST, partial(self._answer_rest, message.text, message.query))

    def _answer_rest(self, text: str, query: Query) -> None:
        if text == self._text:
            self._search(text, query, keep=True)

    @on(Grid.Highlighted)
    def _highlighted(self, message: Grid.Highlighted) -> None:
        self._pane.show(message.image_id, self._grid.hit)

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        """Reads the details, and searches again, but that not more often than the answers take time."""
        self._pane.read()
        if not self._stale:
            self._stale = True
            self.set_timer(min(30.0, 0.05 + 10 * self._cost), self._refresh_answer)

    def _refresh_answer(self) -> None:
        self._stale = False
        self._seen_changes = self.context.activity().changes
        try:
            query = read(self._text)
        except SearchError:
            return
        self._search(self._text, query, keep=True)

    # Keys that change the query

    def action_search(self) -> None:
        """Goes to the search line."""
        self._bar.edit()

    @on(QueryInput.Exited)
    def _query_exited(self) -> None:
        self.set_focus(self._grid)

    def action_alike(self) -> None:
        """Searches for what looks like the photograph."""
        if (image := self._grid.image_id) is not None:
            self._bar.put(f"like:#{image}")

    def action_captions(self) -> None:
        """Shows the captions nearest to the photograph."""
        if (image := self._grid.image_id) is not None:
            self._choices.offer_captions(image)

    def action_sort(self) -> None:
        """Chooses the order, which becomes a part of the query."""
        self._choices.offer_orders()

    def action_filter(self) -> None:
        """Fills in filters, which become a part of the query."""
        self._choices.offer_filters()

    def action_timeline(self) -> None:
        """Chooses a month, which becomes a part of the query."""
        self._choices.offer_months()

    def action_queries(self) -> None:
        """Chooses an album, a saved search or an earlier query."""
        self._choices.offer_queries()

    def action_save(self) -> None:
        """Saves the query under a name."""
        self._choices.save()

    def action_back(self) -> None:
        """Unmarks what is marked; closes the details where they cover the grid; else repeats the query before."""
        if self._grid.marked:
            self._grid.unmark()
        elif self.has_class("covered"):
            self.action_details()
        else:
            self._choices.put(self._trail.back(self._bar.line.value))

    # Keys for the photograph at the cursor, or those that are marked

    def action_tag(self) -> None:
        """Tags the photograph, or all that are marked."""
        if images := self._chosen():
            self._judgement.tag(images)

    def _chosen(self) -> list[int]:
        """The photographs that are marked, else the one at the cursor."""
        grid = self._grid
        return sorted(grid.marked) or ([] if grid.image_id is None else [grid.image_id])

    def action_mark(self) -> None:
        """Rates the photograph, or all that are marked."""
        if images := self._chosen():
            self._judgement.mark(images)

    def action_album(self) -> None:
        """Puts the photograph, or all that are marked, into an album, or takes them out."""
        if images := self._chosen():
            self._judgement.put_into_album(images)

    def action_move(self, step: int) -> None:
        """Moves the photograph in the album whose order is shown."""
        answer, image = self._grid.answer, self._grid.image_id
        if answer is None or image is None:
            return
        if answer.query.album is None:
            self.notify("only the photographs of an album can be put in order; b shows the albums", severity="warning")
        else:
            self._judgement.move_in_album(answer.query.album, image, step, among=set(answer.ranking.image_ids.tolist()))

    @on(ChangeMade)
    def _change_made(self, message: ChangeMade) -> None:
        """Says what was done as soon as it can be seen."""
        message.stop()
        self._refresh_answer()
        self._news.add(self._pane.read(), message.sentence)

    @on(DetailPane.Drawn)
    def _pane_drawn(self, message: DetailPane.Drawn) -> None:
        for sentence in self._news.due(message.ticket):
            self.notify(sentence, markup=False)

    def action_review(self) -> None:
        """Reviews the captions of what the query finds."""
        from search.tui.review.screen import ReviewScreen

        self.app.push_screen(ReviewScreen(self.context, self._bar.line.value))

    def action_history(self) -> None:
        """Shows what was said of the photograph."""
        if (image := self._grid.image_id) is not None:
            self._judgement.show_history(image)

    @cached_property
    def _acts(self) -> Acts:
        """Loaded with the first act, so that the app starts without it."""
        from search.tui.browse.acts import Acts

        return Acts(self, self.context, trashed=self._grid.unmark)

    def action_act(self, act: str = "") -> None:
        """Does something with the photograph, or with all that are marked; without a name offers everything."""
        if images := self._chosen():
            begin = partial(self._acts.begin, act) if act else self._acts.choose
            begin(images, self._grid.places)

    def action_duplicates(self) -> None:
        """Shows what is there more than once."""
        from search.tui.screens.duplicates import DuplicatesScreen

        self.app.push_screen(DuplicatesScreen(self.context))

    def action_copy(self) -> None:
        """Copies the path of the photograph, of a moment with its time, as queries and commands take it."""
        if (hit := self._grid.hit) is not None:
            self.app.copy_to_clipboard(os.fsdecode(named_place(hit.paths[0], hit.moment)))
            self.notify("the path was copied" if hit.moment is None else "the path was copied, with the time")

    # Keys that change what is shown

    @on(Grid.Opened)
    def action_full(self) -> None:
        """Shows the photograph as large as the terminal."""
        self._look()

    @on(MomentStrip.Chosen)
    def _moment_chosen(self, message: MomentStrip.Chosen) -> None:
        self._look(message.image)

    def _look(self, moment: int | None = None) -> None:
        grid = self._grid
        if grid.answer is not None and grid.count:
            images = grid.answer.ranking.image_ids
            self.app.push_screen(FullScreen(self.context, images, grid.cursor, moment=moment), self._looked)

    def _looked(self, index: int | None) -> None:
        if index is not None and index < self._grid.count:
            self._grid.cursor = index

    def action_details(self) -> None:
        """Opens or closes the details: beside the grid, or over it where there is no room beside."""
        if self.has_class("narrow"):
            self.toggle_class("covered")
        else:
            self.toggle_class("with-detail")
            self.context.state.detail = self.has_class("with-detail")
            self.context.remember()
        self.call_after_refresh(self._pane.read)
        covered = self.has_class("covered") and self.has_class("narrow")
        (self.query_one("#facts") if covered else self._grid).focus()

    def action_words(self) -> None:
        """Shows how sure the model is of each word, of this and the next photographs, or no longer."""
        state = self.context.state
        state.word_confidence = not state.word_confidence
        self.context.remember()
        if state.word_confidence:
            self._pane.weigh()
        else:
            self._pane.clear_words()

    def action_size(self, step: int) -> None:
        """Makes the thumbnails larger or smaller."""
        state, sizes = self.context.state, tuple(SIZES)
        index = sizes.index(state.thumbnails) if state.thumbnails in sizes else 1
        state.thumbnails = sizes[max(0, min(len(sizes) - 1, index + step))]
        self.context.remember()
        self._grid.redraw()
