"""From a picture to words: the stored captions that come closest to a photograph."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from index_data import catalogue
from index_data.errors import LibraryError
from search.engine.hits import CaptionHit
from search.errors import SearchError
from search.tui.app_of import app_of
from search.tui.graphics.pictures import Picture

COUNT = 200
"""Captions that are looked for; the same words are listed once."""


class NearestScreen(ModalScreen[str | None]):
    """A photograph beside the captions that describe it best; answers a query, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "dismiss", "Close", key_display="esc", id="nearest.close"),
        Binding("j", "move('cursor_down')", show=False, id="nearest.down"),
        Binding("k", "move('cursor_up')", show=False, id="nearest.up"),
        Binding("m", "alike", "Photograph", id="nearest.alike", tooltip="More like the photograph of this caption"),
    ]

    class CaptionsFound(Message):
        """The captions were found, or an error says why not."""

        def __init__(self, captions: tuple[CaptionHit, ...], complaint: str = "") -> None:
            self.captions, self.complaint = captions, complaint
            super().__init__()

    def __init__(self, image_id: int) -> None:
        super().__init__()
        self._image = image_id
        self._captions: tuple[CaptionHit, ...] = ()

    def compose(self) -> ComposeResult:
        """Draws the photograph and the list."""
        with Horizontal(classes="window wide") as box:
            box.border_title = f"Captions nearest to photograph #{self._image}"
            box.border_subtitle = "enter asks for the words, m for photographs like the caption's, esc closes"
            yield Picture()
            with Vertical():
                yield Static("Looking…", id="note", classes="about")
                yield OptionList()

    def on_mount(self) -> None:
        """Begins to look."""
        self.query_one(OptionList).display = False
        self.query_one(Picture).show(self._image)
        self._find()

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    def action_alike(self) -> None:
        """Answers a query for what looks like the photograph of the marked caption."""
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self.dismiss(f"like:#{self._captions[at].image_id}")

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._captions[message.option_index].caption)

    @work(thread=True, exclusive=True, group="nearest")
    def _find(self) -> None:
        worker, app = get_current_worker(), app_of(self)
        try:
            vector = app.library.read(catalogue.image_vector, self._image, app.engine.model)
            found = () if vector is None else app.engine.nearest_captions(vector, count=COUNT)
            told = self.CaptionsFound(found, "" if found else "no caption comes near it")
        except (LibraryError, SearchError) as error:
            told = self.CaptionsFound((), str(error))
        if not worker.is_cancelled:
            self.post_message(told)

    @on(CaptionsFound)
    def _captions_found(self, message: CaptionsFound) -> None:
        alike = Counter(one.caption for one in message.captions)
        # The same words come as near for every photograph that has them: one line is enough.
        self._captions = tuple({one.caption: one for one in reversed(message.captions)}.values())[::-1]
        note = self.query_one("#note", Static)
        note.update(Content(message.complaint))
        note.display = bool(message.complaint)
        options = self.query_one(OptionList)
        options.display = bool(message.captions)
        options.add_options(Option(_line(one, alike[one.caption])) for one in self._captions)
        options.highlighted = 0 if message.captions else None
        options.focus()


def _line(caption: CaptionHit, count: int) -> Content:
    where = f"  #{caption.image_id}" + (f" and {count - 1} more" if count > 1 else "")
    return Content.assemble((f"{caption.score:6.3f}  ", "$accent"), caption.caption, (where, "$foreground 60%"))
