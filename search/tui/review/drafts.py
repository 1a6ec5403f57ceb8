"""Captions that somebody began to write and did not finish, whatever ended the program."""

from __future__ import annotations

from textual.screen import Screen
from textual.timer import Timer

from index_data.annotation.queue import QueueItem
from search.output.film_names import named_place
from search.tui.context import Context

KEEP_WITHIN = 2.0
"""Seconds within which what is written is on the disk; a program that is asked to end writes it then."""


class Drafts:
    """Keeps them with what the app remembers."""

    def __init__(self, screen: Screen[None], context: Context) -> None:
        """Takes the screen on which is written."""
        self._screen, self._context = screen, context
        self._keeping: Timer | None = None

    def get(self, item: QueueItem) -> str | None:
        """What somebody began to write about a photograph."""
        return self._context.state.draft(named_place(item.paths[0], item.moment))

    def keep(self, item: QueueItem, text: str) -> None:
        """Takes what is written by now; the caption as it stands is no draft."""
        if text == (item.caption.text if item.caption else ""):
            return
        self._context.state.keep_draft(named_place(item.paths[0], item.moment), text)
        if self._keeping is None:
            self._keeping = self._screen.set_timer(KEEP_WITHIN, self._remember)

    def drop(self, item: QueueItem) -> None:
        """Forgets what was stored or given up."""
        self._context.state.drop_draft(named_place(item.paths[0], item.moment))

    def _remember(self) -> None:
        self._keeping = None
        self._context.remember()
