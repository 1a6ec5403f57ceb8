"""What a person says of photographs in dialogs: tags, marks, albums and the order in these."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from textual.screen import Screen

from index_data.albums import move_within
from index_data.catalogue.annotation_records import ActionRecord
from search.output.action_words import done
from search.tui.context import Context
from search.tui.messages import ChangeMade
from search.tui.screens.albums import AlbumChange, AlbumScreen
from search.tui.screens.history import HistoryScreen
from search.tui.screens.marks import Choice, MarkScreen
from search.tui.screens.tags import TagScreen


class Judgement:
    """Asks and stores for a screen, which is told by `ChangeMade` what was done."""

    def __init__(self, screen: Screen[Any], context: Context) -> None:
        self._screen, self._context = screen, context
        self._album = ""

    def tag(self, images: Sequence[int]) -> None:
        """Gives photographs tags, or takes them off."""

        def tell(action: ActionRecord | None) -> None:
            if action is not None:
                self._screen.post_message(ChangeMade(done("tag", action)))

        self._screen.app.push_screen(TagScreen(self._context, images), tell)

    def mark(self, images: Sequence[int]) -> None:
        """Offers every mark for photographs."""

        def mark(choice: Choice | None) -> None:
            if choice is not None:
                write = partial(self._context.annotations.mark, images, dict([choice]))
                self._context.writes.submit("mark", write, reply_to=self._screen.app)

        self._screen.app.push_screen(MarkScreen(len(images)), mark)

    def put_into_album(self, images: Sequence[int]) -> None:
        """Puts photographs into an album, or takes them out; the album that was named last is offered."""

        def tell(change: AlbumChange | None) -> None:
            if change is not None:
                self._album = change.name
                self._screen.post_message(ChangeMade(change.sentence))

        self._screen.app.push_screen(AlbumScreen(self._context, images, former=self._album), tell)

    def move_in_album(self, album: str, image: int, step: int, *, among: Collection[int]) -> None:
        """Moves a photograph past its neighbour among those that are seen."""
        write = partial(move_within, self._context.library, album, image, step, among=among)
        self._context.writes.submit("order", write, reply_to=self._screen.app)

    def show_history(self, image: int) -> None:
        """Shows what was said of a photograph."""
        self._screen.app.push_screen(HistoryScreen(self._context.annotations, image))
