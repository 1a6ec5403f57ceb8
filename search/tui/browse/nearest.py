"""From a picture to words: the stored captions that come closest to a photograph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from index_data import catalogue
from index_data.errors import LibraryError
from search.engine.hits import CaptionHit
from search.errors import SearchError
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.graphics.photo_view import PhotoView

COUNT = 200
"""Captions that are looked for; the same words are listed once."""


class NearestScreen(Dialog[str | None]):
    """A photograph beside the captions that describe it best; answers a query, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "dismiss", "Close", key_display="esc", id="nearest.close"),
        Binding("j", "move('cursor_down')", show=False, id="nearest.down"),
        Binding("k", "move('cursor_up')", show=False, id="nearest.up"),
        Binding("m", "alike", "Photograph", id="nearest.alike", tooltip="More like the photograph of this caption"),
    ]

    @dataclass
    class CaptionsFound(Message):
        """The captions were found, or a note says why not."""

        captions: tuple[CaptionHit, ...]
        note: str = ""

    def __init__(self, context: Context, image_id: int) -> None:
        super().__init__()
        self.context, self._image = context, image_id
        self._captions: tuple[CaptionHit, ...] = ()

    def compose(self) -> ComposeResult:
        """Draws the photograph and the list."""
        with Horizontal(classes="window wide") as box:
            box.border_title = f"Captions nearest to photograph #{self._image}"
            box.border_subtitle = "enter searches for the words, m for pictures like its, esc closes"
            yield PhotoView(self.context.painter)
            with Vertical():
                yield Static("Looking…", id="note", classes="about")
                yield OptionList()

    def on_mount(self) -> None:
        """Begins to look."""
        self.query_one(OptionList).display = False
        self.query_one(PhotoView).show(self._image)
        self._find()

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    def action_alike(self) -> None:
        """Answers a query for what looks like the photograph of the marked caption."""
        index = self.query_one(OptionList).highlighted
        if index is not None:
            self.dismiss(f"like:#{self._captions[index].image_id}")

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._captions[message.option_index].caption)

    @work(thread=True, exclusive=True, group="nearest")
    def _find(self) -> None:
        worker, engine = get_current_worker(), self.context.engine
        try:
            vector = self.context.library.read(catalogue.image_vector, self._image, engine.model)
            captions = () if vector is None else engine.nearest_captions(vector, count=COUNT)
            message = self.CaptionsFound(captions, "" if captions else "no caption comes near it")
        except (LibraryError, SearchError) as error:
            message = self.CaptionsFound((), str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(CaptionsFound)
    def _captions_found(self, message: CaptionsFound) -> None:
        counts = Counter(hit.caption for hit in message.captions)
        # The same words come as near for every photograph that has them: one line is enough.
        self._captions = tuple({hit.caption: hit for hit in reversed(message.captions)}.values())[::-1]
        note = self.query_one("#note", Static)
        note.update(Content(message.note))
        note.display = bool(message.note)
        options = self.query_one(OptionList)
        options.display = bool(message.captions)
        options.add_options(Option(_draw_line(hit, counts[hit.caption])) for hit in self._captions)
        options.highlighted = 0 if message.captions else None
        options.focus()


def _draw_line(caption: CaptionHit, count: int) -> Content:
    where = f"  #{caption.image_id}" + (f" and {count - 1} more" if count > 1 else "")
    return Content.assemble((f"{caption.score:6.3f}  ", "$accent"), caption.caption, (where, "$foreground 60%"))
