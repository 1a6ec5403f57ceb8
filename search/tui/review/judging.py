"""Accepting and rejecting what is under review: captions or proposed tags, of one photograph or of all chosen ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.screen import Screen

from index_data.annotation.queue import QueueItem
from search.tui.context import Context
from search.tui.review.alternatives import AlternativesScreen, Choice
from search.tui.review.queue_list import QueueList
from search.tui.review.reader import ChangePreviewed, ReviewReader, preview_screen
from search.tui.services.write_queue import Write


class Judging:
    """Judges the photograph at the cursor at once, and those that were chosen after a preview."""

    def __init__(
        self,
        screen: Screen[None],
        context: Context,
        reader: ReviewReader,
        *,
        write: Callable[[str, Write], None],
        write_and_skip: Callable[[str, Write, int], None],
    ) -> None:
        """Takes the screen with the queue, what reads for it, and what makes a change."""
        self._screen, self._context, self._reader = screen, context, reader
        self._write, self._write_and_skip = write, write_and_skip

    def accept(self, item: QueueItem | None) -> None:
        """Accepts the caption, or those of the chosen photographs."""
        if self._queue.chosen:
            self._reader.preview("accept", self.chosen)
        elif item is not None:
            # A caption that was not yet read is not on the screen: nobody has seen what would be accepted.
            image = item.image_id
            self._write_and_skip("accept", partial(self._context.annotations.accept, [image]), image)

    def reject(self, item: QueueItem | None) -> None:
        """Offers other sentences, or rejects the captions of the chosen photographs."""
        if self._queue.chosen:
            self._reader.preview("reject", self.chosen)
        elif item is not None:
            self._screen.app.push_screen(
                AlternativesScreen(self._context.engine, item), partial(self._choose, item.image_id)
            )

    def judge_tags(self, item: QueueItem | None, *, accept: bool) -> None:
        """Judges the likeliest proposed tag, of the photograph, or of all chosen ones."""
        if item is None or not item.proposed_tags:
            return
        tag, kind = item.proposed_tags[0], "accept tags" if accept else "reject tags"
        if self._queue.chosen:
            self._reader.preview_tag(tag.name, self.chosen, accept=accept)
            return
        write = partial(self._context.annotations.judge_tags, [tag], accept=accept)
        if len(item.proposed_tags) == 1:
            self._write_and_skip(kind, write, item.image_id)
        else:
            self._write(kind, write)

    def confirm(self, previewed: ChangePreviewed) -> None:
        """Shows what would change, and changes it once that is confirmed."""
        kind, images = previewed.kind, list(previewed.images)
        if not images:
            self._screen.notify("There is nothing to change.")
            return
        annotations = self._context.annotations
        if previewed.proposals:
            write: Write = partial(annotations.judge_tags, previewed.proposals, accept=kind == "accept tags")
        else:
            write = partial(annotations.accept if kind == "accept" else annotations.reject, images)

        def answered(confirmed: bool | None) -> None:
            if confirmed:
                self._queue.unchoose()
                self._write(kind, write)

        self._screen.app.push_screen(preview_screen(previewed, len(self._queue.chosen)), answered)

    @property
    def chosen(self) -> list[int]:
        """The chosen photographs, in the order of the queue."""
        return [image for image in self._queue.images if image in self._queue.chosen]

    @property
    def _queue(self) -> QueueList:
        return self._screen.query_one(QueueList)

    def _choose(self, image: int, choice: Choice | None) -> None:
        if choice is None:
            return
        annotations = self._context.annotations
        if choice.caption is None:
            self._write("reject", partial(annotations.reject, [image]))
        else:
            write = partial(annotations.choose, image, choice.caption, model=self._context.engine.model)
            self._write_and_skip("choose", write, image)
