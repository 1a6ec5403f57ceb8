"""Reads what the review shows, in threads that only tell what they found."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data.annotation.queue import Order, Part, Progress, Queue, QueueItem, line_up, progress, queue_items
from index_data.annotation.uncertainty import Doubt
from index_data.errors import LibraryError
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.errors import SearchError
from search.tui.app_of import app_of
from search.tui.screens.preview import MOST_SHOWN

Words = tuple[tuple[str, float], ...]
"""Each word of a sentence with its probability in [0, 1]."""


class LinedUp(Message):
    """A queue was made; `anew` where it replaces the one that is shown, else what is new in it is added."""

    def __init__(self, queue: Queue, *, anew: bool) -> None:
        self.queue, self.anew = queue, anew
        super().__init__()


class ItemsRead(Message):
    """Photographs were read; those that were asked for and are missing have no place any more.

    Threads may end in another order than they began in; the higher `serial` was asked for later.
    """

    def __init__(self, asked: Sequence[int], items: list[QueueItem], serial: int) -> None:
        self.asked, self.items, self.serial = asked, items, serial
        super().__init__()


class ProgressRead(Message):
    """The progress was counted."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        super().__init__()


class WordsRead(Message):
    """The model told how sure it is of each word of a caption."""

    def __init__(self, caption_id: int, words: Words) -> None:
        self.caption_id, self.words = caption_id, words
        super().__init__()


class ChangePreviewed(Message):
    """What a change of many would do was found out: how many of them change, and the first of these."""

    def __init__(self, what: str, images: tuple[int, ...], items: list[QueueItem]) -> None:
        self.what, self.images, self.items = what, images, items
        super().__init__()


class ReadFailed(Message):
    """Something could not be read."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__()


class ReviewReader:
    """Starts the threads of one screen; of each kind only the latest may still speak."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._serial = 0

    def line_up(self, *, order: Order, part: Part, query: str, anew: bool = True) -> None:
        """Makes a queue: `LinedUp`."""

        def read() -> Message:
            app = app_of(self._screen)
            among = None
            if query:
                answer = app.engine.search(parse(query), SearchOptions(collapse_duplicates=False))
                among = answer.ranking.image_ids.tolist()
            return LinedUp(line_up(app.library, order=order, part=part, among=among), anew=anew)

        self._start("line up", read)

    def items(self, images: Sequence[int], doubts: Mapping[int, Doubt]) -> None:
        """Reads photographs: `ItemsRead`."""
        library = app_of(self._screen).library
        self._serial += 1
        serial = self._serial
        self._start("items", lambda: ItemsRead(images, queue_items(library, images, doubts), serial), exclusive=False)

    def progress(self) -> None:
        """Counts: `ProgressRead`."""
        library = app_of(self._screen).library
        self._start("progress", lambda: ProgressRead(progress(library)))

    def words(self, item: QueueItem) -> None:
        """Asks the model: `WordsRead`; a picture that cannot be read has none."""
        engine, caption = app_of(self._screen).engine, item.caption

        def read() -> Message | None:
            if caption is None:
                return None
            path = Path(os.fsdecode(item.paths[0]))
            try:
                return WordsRead(caption.caption_id, engine.word_confidences(path, caption.text))
            except CaptioningError:
                return WordsRead(caption.caption_id, ())

        self._start("words", read)

    def preview(self, what: str, images: Sequence[int]) -> None:
        """Finds out what accepting or rejecting many would change: `ChangePreviewed`."""
        app = app_of(self._screen)
        act = app.annotations.accept if what == "accept" else app.annotations.reject

        def read() -> Message:
            action = act(images, dry_run=True)
            changed = action.images if action else ()
            return ChangePreviewed(what, changed, queue_items(app.library, changed[:MOST_SHOWN]))

        self._start("preview", read)

    def _start(self, group: str, read: Callable[[], Message | None], *, exclusive: bool = True) -> None:
        run = partial(self._run, read)
        self._screen.run_worker(run, thread=True, group=group, exclusive=exclusive, name=group)

    def _run(self, read: Callable[[], Message | None]) -> None:
        worker = get_current_worker()
        try:
            message = read()
        except (LibraryError, CaptioningError, SearchError) as error:
            message = ReadFailed(str(error))
        if message is not None and not worker.is_cancelled:
            self._screen.post_message(message)
