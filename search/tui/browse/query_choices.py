"""What a person chooses in dialogs, and what then is the query or a part of it."""

from __future__ import annotations

from textual.screen import Screen

from search.engine.query_text import filter_value, with_filter
from search.tui.browse import keys
from search.tui.browse.filters import FiltersScreen
from search.tui.browse.nearest import NearestScreen
from search.tui.browse.queries import QueriesScreen
from search.tui.browse.search_bar import SearchBar
from search.tui.browse.timeline import TimelineScreen
from search.tui.context import Context
from search.tui.screens.albums import SaveScreen
from search.tui.screens.dialogs import ChoiceScreen


class QueryChoices:
    """Offers them over a screen, and puts into its search bar what was chosen."""

    def __init__(self, screen: Screen[None], context: Context, bar: SearchBar) -> None:
        self._screen, self._context, self._bar = screen, context, bar

    @property
    def _query(self) -> str:
        return self._bar.line.value

    def put(self, query: str | None) -> None:
        """Asks a query; nothing where nothing was chosen."""
        if query is not None:
            self._bar.put(query)

    def offer_captions(self, image: int) -> None:
        """Offers the captions nearest to a photograph."""
        self._screen.app.push_screen(NearestScreen(self._context, image), self.put)

    def offer_orders(self) -> None:
        """Offers the orders."""

        def put_order(order: str | None) -> None:
            if order is not None:
                self.put(with_filter(self._query, "sort", order))

        present = filter_value(self._query, "sort").lower()
        self._screen.app.push_screen(ChoiceScreen("What comes first", keys.ORDERS, present), put_order)

    def offer_filters(self) -> None:
        """Offers a form of filters."""
        self._screen.app.push_screen(FiltersScreen(self._query), self.put)

    def offer_months(self) -> None:
        """Offers the months of the timeline."""
        self._screen.app.push_screen(TimelineScreen(self._context, self._query), self.put)

    def offer_queries(self) -> None:
        """Offers albums, saved searches and earlier queries."""
        self._screen.app.push_screen(QueriesScreen(self._context), self.put)

    def save(self) -> None:
        """Saves the query under a name."""
        text = self._query.strip()
        if not text:
            self._screen.notify("there is no query to save; type one first", severity="warning")
            return

        def tell(name: str | None) -> None:
            if name:
                self._screen.notify(f'saved as "{name}"; find it with b, or by album: in a query', markup=False)

        self._screen.app.push_screen(SaveScreen(self._context, text), tell)
