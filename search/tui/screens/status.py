"""What the library holds, where it lies, and how the review stands: `imgsearch status` in the terminal browser."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from index_data.annotation.queue import ReviewProgress, progress
from index_data.catalogue.library_records import LibraryStatus
from index_data.errors import LibraryError
from index_data.learning_status import LearningStatus, learning_status
from search.output.learning_words import learning_rows
from search.output.status_rows import status_rows
from search.tui.context import Context
from search.tui.messages import LibraryChanged, WorkFailed
from search.tui.screens.acceptance import agreement_rows, draw_progress
from search.tui.themes import MUTED
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar


class StatusScreen(Screen[None]):
    """Two tables of figures."""

    HELP = """What the library holds, where it lies, and how far the review is; the same as imgsearch status."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reload", "Count again", id="status.reload", tooltip="Count everything again"),
        Binding("j", "scroll('scroll_down')", show=False, id="status.down", tooltip="Read on"),
        Binding("k", "scroll('scroll_up')", show=False, id="status.up", tooltip="Read back"),
        Binding("escape", "app.back", show=False, id="status.back", tooltip="Back to the photographs"),
    ]

    @dataclass
    class StatusRead(Message):
        """The figures were read."""

        status: LibraryStatus
        progress: ReviewProgress
        learning: LearningStatus

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._latest: StatusScreen.StatusRead | None = None
        self._seen_changes = -1

    def compose(self) -> ComposeResult:
        """Draws the tables, still empty."""
        yield TopBar("status")
        with VerticalScroll(id="status"):
            library = Static("…", id="status-library", classes="card")
            library.border_title = "Library"
            yield library
            review = Static("…", id="status-review", classes="card")
            review.border_title = "Review"
            yield review
        yield KeyBar()

    def on_mount(self) -> None:
        """Lets the keys scroll."""
        self.query_one(VerticalScroll).focus()

    def on_screen_resume(self) -> None:
        """Counts again if the library changed."""
        if self._seen_changes != self.context.activity().changes:
            self._read()

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._read()

    def action_reload(self) -> None:
        """Counts anew."""
        self._read()

    def action_scroll(self, name: str) -> None:
        """Scrolls as the arrows do."""
        getattr(self.query_one(VerticalScroll), name)()

    @on(StatusRead)
    def _status_read(self, message: StatusRead) -> None:
        self._latest = message
        self._draw()

    def on_resize(self) -> None:
        """Wraps long lines anew."""
        self._draw()

    def _draw(self) -> None:
        if (message := self._latest) is None:
            return
        width = self.size.width - 14
        rows = [("folder", message.status.folder), *status_rows(message.status)]
        self.query_one("#status-library", Static).update(format_table(rows, width))
        waiting = [("waiting", f"{message.progress.waiting:,}"), *learning_rows(message.learning)]
        parts = [draw_progress(message.progress), Content("\n"), format_table(waiting, width)]
        for model, agreement in message.progress.models.items():
            rows = agreement_rows(agreement)
            parts += [Content.styled(f"\n\n{model}\n", "bold $primary"), format_table(rows, width)]
        self.query_one("#status-review", Static).update(Content("").join(parts))

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        library, self._seen_changes = self.context.library, self.context.activity().changes
        try:
            self.post_message(self.StatusRead(library.status(), progress(library), learning_status(library)))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))


def format_table(rows: list[tuple[str, str]], width: int) -> Content:
    """Sets names and values below each other; long values go on below their beginning."""
    first = max(len(name) for name, _ in rows) + 2
    parts: list[str | tuple[str, str]] = []
    for name, value in rows:
        for number, line in enumerate(wrap(value, max(20, width - first)) or [""]):
            parts += [(f"{'' if number else name:<{first}}", MUTED), f"{line}\n"]
    return Content.assemble(*parts).rstrip()
