"""Reads what the review shows, in threads that only post what they found."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data.annotation.order import Order, Part
from index_data.annotation.queue import Queue, QueueItem, ReviewProgress, line_up, progress, queue_items
from index_data.annotation.tag_queue import tag_queue
from index_data.annotation.uncertainty import Uncertainty
from index_data.catalogue.annotation_records import ProposedTag
from index_data.catalogue.conditions import PlaceCondition
from index_data.errors import LibraryError
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.errors import SearchError
from search.output.film_names import file_and_time
from search.tui.context import Context
from search.tui.screens.preview import MOST_SHOWN, PreviewScreen
from search.tui.widgets.word_confidence import WordConfidences


@dataclass
class LinedUp(Message):
    """A queue was made; `anew` where it replaces the one that is shown, else what is new in it is added."""

    queue: Queue
    anew: bool


@dataclass
class ItemsRead(Message):
    """Photographs were read; those that were requested and are missing are no longer in the library.

    Threads may end in another order than they began in; the higher `serial` was requested later.
    """

    requested: Sequence[int]
    items: list[QueueItem]
    serial: int


@dataclass
class ProgressRead(Message):
    """The progress was counted."""

    progress: ReviewProgress


@dataclass
class WordsRead(Message):
    """The model said how sure it is of each word of a caption."""

    caption_id: int
    words: WordConfidences


@dataclass
class ChangePreviewed(Message):
    """What a change of many would do was found out: which change, the first of these, and which proposed tags."""

    kind: str
    images: tuple[int, ...]
    items: list[QueueItem]
    proposals: tuple[ProposedTag, ...] = ()


@dataclass
class ReadFailed(Message):
    """Something could not be read."""

    sentence: str


def preview_screen(message: ChangePreviewed, chosen: int) -> PreviewScreen:
    """What shows what a change of so many chosen photographs would do, before it is confirmed."""
    lines = [
        (file_and_time(item.paths[0], item.moment), item.caption.text if item.caption else "") for item in message.items
    ]
    count = len(message.images)
    if message.proposals:
        judged = message.kind.removesuffix(" tags").capitalize()
        title = f'{judged} "{message.proposals[0].name}" of {count:,} of the {chosen:,} chosen photographs'
        return PreviewScreen(title, lines, count=count)
    title = f"{message.kind.capitalize()} the captions of {count:,} of the {chosen:,} chosen photographs"
    return PreviewScreen(title, lines, count=count)


class ReviewReader:
    """Starts the threads of one screen; of each kind only the latest may still post its answer."""

    def __init__(self, screen: Screen[None], context: Context) -> None:
        """Takes the screen, which gets the messages."""
        self._screen, self._context = screen, context
        self._serial = 0
        self._places: tuple[PlaceCondition, ...] = ()

    def line_up(self, *, order: Order, part: Part, query: str, anew: bool = True) -> None:
        """Makes a queue: `LinedUp`."""

        def read() -> Message:
            among, self._places = self._answers(query) if query else (None, ())
            lined_up = line_up(self._context.library, order=order, part=part, among=among, places=self._places)
            return LinedUp(lined_up, anew=anew)

        self._start("line up", read)

    def items(self, images: Sequence[int], uncertainties: Mapping[int, Uncertainty]) -> None:
        """Reads photographs: `ItemsRead`."""
        library = self._context.library
        self._serial += 1
        serial = self._serial

        def read() -> Message:
            return ItemsRead(images, queue_items(library, images, uncertainties, places=self._places), serial)

        self._start("items", read, exclusive=False)

    def progress(self) -> None:
        """Counts: `ProgressRead`."""
        library = self._context.library
        self._start("progress", lambda: ProgressRead(progress(library)))

    def words(self, item: QueueItem) -> None:
        """Asks the model: `WordsRead`; a picture that cannot be read has none."""
        engine, caption = self._context.engine, item.caption

        def read() -> Message | None:
            if caption is None:
                return None
            path = Path(os.fsdecode(item.paths[0]))
            try:
                time = None if item.moment is None else item.moment.time
                return WordsRead(caption.caption_id, engine.word_confidences(path, caption.text, time=time))
            except CaptioningError:
                return WordsRead(caption.caption_id, ())

        self._start("words", read)

    def preview(self, kind: str, images: Sequence[int]) -> None:
        """Finds out what accepting or rejecting many would change: `ChangePreviewed`."""
        annotations = self._context.annotations
        act = annotations.accept if kind == "accept" else annotations.reject

        def read() -> Message:
            action = act(images, dry_run=True)
            changed = action.images if action else ()
            return ChangePreviewed(kind, changed, queue_items(self._context.library, changed[:MOST_SHOWN]))

        self._start("preview", read)

    def preview_tag(self, name: str, images: Sequence[int], *, accept: bool) -> None:
        """Finds out for which of many a tag is proposed: `ChangePreviewed`."""
        library = self._context.library

        def read() -> Message:
            proposals = tuple(tag_queue(library, name=name, among=set(images)))
            changed = tuple(proposal.image_id for proposal in proposals)
            kind = "accept tags" if accept else "reject tags"
            return ChangePreviewed(kind, changed, queue_items(library, changed[:MOST_SHOWN]), proposals)

        self._start("preview", read)

    def _answers(self, query: str) -> tuple[list[int], tuple[PlaceCondition, ...]]:
        answer = self._context.engine.search(parse(query), SearchOptions(collapse_duplicates=False))
        return answer.ranking.image_ids.tolist(), answer.query.places

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
