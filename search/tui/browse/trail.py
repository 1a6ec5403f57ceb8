"""The queries of a sitting, and what of them is kept for the next."""

from __future__ import annotations

from collections.abc import Callable

from search.tui.services.state import State


class Trail:
    """The way from query to query; each is kept at once, whether or not the enter key ended it."""

    def __init__(self, state: State, remember: Callable[[], None]) -> None:
        """Takes the state, with whose query the way begins, and what writes it."""
        self._state, self._remember = state, remember
        self._queries = [state.query]
        self._growing = ""

    def grow(self, text: str) -> None:
        """Keeps a query that is still being typed, in place of what it grew out of."""
        query, state = text.strip(), self._state
        grown = query.startswith(self._growing) or self._growing.startswith(query)
        if self._growing and grown and state.history[-1:] == [self._growing]:
            state.history = state.history[:-1]
        self._growing = query
        state.remember(query)
        state.query = query
        self._remember()

    def finish(self, text: str) -> None:
        """Keeps a query to which a person may come back."""
        self.grow(text)
        self._growing = ""
        if self._queries[-1] != text.strip():
            self._queries.append(text.strip())

    def back(self, text: str) -> str | None:
        """The query before this one, or the last that was finished where this is none of them."""
        if self._queries[-1] == text.strip():
            if len(self._queries) == 1:
                return None
            self._queries.pop()
        return self._queries[-1]
