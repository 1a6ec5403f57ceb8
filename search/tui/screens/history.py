"""Everything that happened to the words of a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from index_data.annotation.actions import Annotations
from index_data.catalogue.annotation_records import HistoryEntry
from index_data.catalogue.conditions import NO_MARK
from index_data.errors import LibraryError
from search.output.action_words import mark_of
from search.output.local_time import local_time
from search.tui.dialog import Dialog
from search.tui.messages import WorkFailed
from search.tui.themes import MUTED

_VERBS = {
    ("propose", "proposed"): "proposed",
    ("edit", "edited"): "replaced",
    ("edit", "accepted"): "written",
    ("import", "accepted"): "imported",
    ("reject", "proposed"): "proposed instead",
    ("choose", "accepted"): "chosen",
    ("tag", "present"): "tagged",
    ("import", "present"): "tagged",
    ("tag", "absent"): "tag removed",
    ("mark", NO_MARK): "mark removed",
    ("album", "present"): "in album",
    ("album", "absent"): "out of album",
}


class HistoryScreen(Dialog[None]):
    """Who said what of a photograph, and when; what was taken back is struck through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i,enter", "dismiss", "Close", key_display="esc", id="history.close"),
        Binding("j", "scroll('scroll_down')", show=False, id="history.down"),
        Binding("k", "scroll('scroll_up')", show=False, id="history.up"),
    ]

    @dataclass
    class HistoryRead(Message):
        """The history was read."""

        entries: list[HistoryEntry]

    def __init__(self, annotations: Annotations, image: int) -> None:
        super().__init__()
        self._annotations, self._image = annotations, image

    def compose(self) -> ComposeResult:
        """Draws the box, still empty."""
        with VerticalScroll(classes="modal") as box:
            box.border_title = "History"
            box.border_subtitle = "esc closes"
            yield Static("…", id="history-lines")

    def on_mount(self) -> None:
        """Reads the history."""
        self._read()

    def action_scroll(self, name: str) -> None:
        """Scrolls as the arrows do."""
        getattr(self.query_one(VerticalScroll), name)()

    @on(HistoryRead)
    def _history_read(self, message: HistoryRead) -> None:
        lines = [part for entry in message.entries for part in _draw_entry(entry)]
        self.query_one("#history-lines", Static).update(Content.assemble(*lines).rstrip())

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        try:
            self.post_message(self.HistoryRead(self._annotations.history(self._image)))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))


def _draw_entry(entry: HistoryEntry) -> list[tuple[str, str]]:
    kind = "album" if entry.subject == "album" else entry.kind
    verb = _VERBS.get((kind, entry.became), "marked" if entry.subject == "mark" else entry.became)
    verb = "moved in" if kind == "album" and entry.was == entry.became else verb
    author = "model" if entry.kind == "propose" else "you"
    undone = f"  undone {local_time(entry.undone_at)}" if entry.undone_at else ""
    return [
        (f"{local_time(entry.at)}  ", MUTED),
        (f"{author} {verb:<12}  ", "$secondary"),
        (mark_of(entry), f"strike {MUTED}" if entry.undone_at else ""),
        (f"{undone}\n", "$warning"),
    ]
