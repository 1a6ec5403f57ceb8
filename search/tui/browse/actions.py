"""What the keys of the browser do."""

from __future__ import annotations

import os
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from search.engine.query_language import Sort
from search.engine.query_text import filter_value, with_filter
from search.tui.app_of import app_of
from search.tui.browse.detail import DetailPane
from search.tui.browse.external_viewer import ViewerError, open_in_viewer
from search.tui.browse.filters import FiltersScreen
from search.tui.browse.grid import Grid
from search.tui.browse.nearest import NearestScreen
from search.tui.browse.queries import QueriesScreen
from search.tui.browse.search_bar import QueryInput, SearchBar
from search.tui.messages import Failed
from search.tui.screens.dialogs import ChoiceScreen, LineScreen
from search.tui.screens.history import HistoryScreen
from search.tui.screens.tagging import TagScreen

ORDERS = (
    ("", "As it fits best: by the words, else the newest first"),
    (Sort.DATE, "Newest first"),
    (Sort.PATH, "By path"),
    (Sort.RANDOM, "At random"),
)
SMALLER = ("small", "medium", "large")

KEYS = (
    ("slash", "search", "Search", True, "/", "Type a query"),
    ("m", "alike", "Like", True, None, "What looks like this photograph"),
    ("c", "captions", "Captions", False, None, "The captions nearest to this photograph"),
    ("s", "sort", "Sort", True, None, "Choose what comes first"),
    ("f", "filter", "Filter", True, None, "Fill in filters: path, tag, date, camera, size"),
    ("d,enter", "details", "Details", True, "d", "Open or close the details"),
    ("o", "open", "Open", False, None, "Open the file in the system's viewer"),
    ("t", "tag", "Tag", True, None, "Tag this photograph, or all that are marked"),
    ("v", "review", "Review", False, None, "Review the captions of what was found"),
    ("i", "history", "Past", False, None, "Who said what of this photograph, and when"),
    ("w", "words", "Words", False, None, "How sure the model is of each word of a caption"),
    ("y", "copy", "Copy", False, None, "Copy the path"),
    ("plus,equals_sign", "size(1)", "Larger", False, "+", "Larger thumbnails"),
    ("minus", "size(-1)", "Smaller", False, "-", "Smaller thumbnails"),
    ("ctrl+s", "save", "Save", False, None, "Keep this query under a name"),
    ("ctrl+r", "queries", "History", False, None, "Saved searches and history"),
    ("escape,backspace", "back", "Back", False, "esc", "Unmark what is marked, else the query before"),
)
"""Keys, action, label, whether the footer shows it, how the key is shown, and what it does."""


class BrowserActions(Screen[None]):
    """The keys, and what they do with the search line, the grid and the pane beside it."""

    HORIZONTAL_BREAKPOINTS = [(0, "narrow"), (110, "wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, label, show=show, key_display=key, id=f"browse.{label.lower()}", tooltip=tooltip)
        for keys, action, label, show, key, tooltip in KEYS
    ]

    def __init__(self) -> None:
        super().__init__()
        self.trail: list[str] = []

    @property
    def grid(self) -> Grid:
        """The thumbnails."""
        return self.query_one(Grid)

    @property
    def bar(self) -> SearchBar:
        """Where a person asks."""
        return self.query_one(SearchBar)

    @property
    def pane(self) -> DetailPane:
        """What is known of the photograph under the cursor."""
        return self.query_one(DetailPane)

    def action_search(self) -> None:
        """Goes to the search line."""
        # At once, where `focus` would wait: what is typed ahead belongs to the line.
        self.screen.set_focus(self.bar.line)

    @on(QueryInput.Left)
    def _left(self) -> None:
        self.screen.set_focus(self.grid)

    def action_alike(self) -> None:
        """Asks for what looks like the photograph."""
        if (image := self.grid.image_id) is not None:
            self.bar.put(f"like:#{image}")

    def action_captions(self) -> None:
        """Shows the captions nearest to the photograph."""
        if (image := self.grid.image_id) is not None:
            self.app.push_screen(NearestScreen(image), self._put)

    def action_tag(self) -> None:
        """Tags the photograph, or all that are marked."""
        grid = self.grid
        images = sorted(grid.marked) or ([] if grid.image_id is None else [grid.image_id])
        if images:
            self.app.push_screen(TagScreen(images))

    def action_review(self) -> None:
        """Reviews the captions of what the query finds."""
        from search.tui.review.screen import ReviewScreen

        self.app.push_screen(ReviewScreen(self.bar.line.value))

    def action_history(self) -> None:
        """Shows what was said of the photograph."""
        if (image := self.grid.image_id) is not None:
            self.app.push_screen(HistoryScreen(image))

    def action_sort(self) -> None:
        """Chooses the order, which becomes a part of the query."""
        present = filter_value(self.bar.line.value, "sort").lower()

        def chosen(order: str | None) -> None:
            if order is not None:
                self._put(with_filter(self.bar.line.value, "sort", order))

        self.app.push_screen(ChoiceScreen("What comes first", ORDERS, present), chosen)

    def action_filter(self) -> None:
        """Fills in filters, which become a part of the query."""
        self.app.push_screen(FiltersScreen(self.bar.line.value), self._put)

    def action_save(self) -> None:
        """Keeps the query under a name."""
        text = self.bar.line.value.strip()
        if not text:
            self.notify("there is no query to keep; type one first", severity="warning")
            return

        def named(name: str | None) -> None:
            if name:
                app_of(self).state.saved[name] = text
                app_of(self).remember()
                self.notify(f"kept as {name}; find it with ctrl+r", markup=False)

        self.app.push_screen(LineScreen("Keep this search", text, text), named)

    def action_queries(self) -> None:
        """Chooses a saved search or an earlier query."""
        self.app.push_screen(QueriesScreen(), self._put)

    def _put(self, text: str | None) -> None:
        if text is not None:
            self.bar.put(text)

    def action_back(self) -> None:
        """Unmarks what is marked; closes the details where they cover the grid; else asks the query before."""
        grid = self.grid
        if grid.marked:
            grid.marked = set()
            grid.refresh()
        elif self.has_class("covered"):
            self.action_details()
        elif len(self.trail) > 1:
            self.trail.pop()
            self.bar.put(self.trail.pop())

    @on(Grid.Opened)
    def action_details(self) -> None:
        """Opens or closes the details: beside the grid, or over it where there is no room beside."""
        if self.has_class("narrow"):
            self.toggle_class("covered")
        else:
            self.toggle_class("with-detail")
            app_of(self).state.detail = self.has_class("with-detail")
            app_of(self).remember()
        grid, pane = self.grid, self.pane
        self.call_after_refresh(pane.read)
        (self.query_one("#facts") if self.has_class("covered") and self.has_class("narrow") else grid).focus()

    def action_words(self) -> None:
        """Shows how sure the model is of each word, of this and the next photographs, or no longer."""
        state, pane = app_of(self).state, self.pane
        state.word_confidence = not state.word_confidence
        app_of(self).remember()
        if state.word_confidence:
            pane.weigh()
        else:
            pane.clear_words()

    def action_size(self, step: int) -> None:
        """Makes the thumbnails larger or smaller."""
        state = app_of(self).state
        at = SMALLER.index(state.thumbnails) if state.thumbnails in SMALLER else 1
        state.thumbnails = SMALLER[max(0, min(len(SMALLER) - 1, at + step))]
        app_of(self).remember()
        self.grid.redraw()

    def action_open(self) -> None:
        """Opens the file in the system's viewer."""
        if (hit := self.grid.hit) is not None:
            self.run_worker(partial(self._open, hit.paths[0]), thread=True, group="viewer")

    def _open(self, path: bytes) -> None:
        try:
            open_in_viewer(path)
        except ViewerError as error:
            self.app.post_message(Failed(str(error)))

    def action_copy(self) -> None:
        """Copies the path of the photograph."""
        if (hit := self.grid.hit) is not None:
            self.app.copy_to_clipboard(os.fsdecode(hit.paths[0]))
            self.notify("the path was copied")
