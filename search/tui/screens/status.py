"""What the library holds, where it lies, and how the review stands: `imgsearch status` in the terminal browser."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from index_data.annotation.queue import Progress, progress
from index_data.catalogue.records import LibraryStatus
from index_data.errors import LibraryError
from search.output.status_rows import standing
from search.tui.app_of import app_of
from search.tui.messages import Failed, LibraryChanged
from search.tui.review.acceptance import figures, in_a_line
from search.tui.themes import MUTED
from search.tui.top_bar import TopBar


class StatusScreen(Screen[None]):
    """Two tables of figures."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reload", "Count anew", id="status.reload"),
        Binding("j", "scroll('scroll_down')", show=False, id="status.down"),
        Binding("k", "scroll('scroll_up')", show=False, id="status.up"),
        Binding("escape", "app.back", show=False, id="status.back"),
    ]

    class StatusRead(Message):
        """The figures were read."""

        def __init__(self, status: LibraryStatus, progress: Progress) -> None:
            self.status, self.progress = status, progress
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._read_last: StatusScreen.StatusRead | None = None
        self._seen = -1

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
        yield Footer()

    def on_mount(self) -> None:
        """Lets the keys scroll."""
        self.query_one(VerticalScroll).focus()

    def on_screen_resume(self) -> None:
        """Counts again if the library changed."""
        if self._seen != app_of(self).changes:
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
        self._read_last = message
        self._draw()

    def on_resize(self) -> None:
        """Wraps long lines anew."""
        self._draw()

    def _draw(self) -> None:
        if (message := self._read_last) is None:
            return
        width = self.size.width - 14
        rows = [("folder", str(message.status.folder)), *standing(message.status)]
        self.query_one("#status-library", Static).update(table(rows, width))
        waiting = [("waiting", f"{message.progress.waiting:,}")]
        parts = [in_a_line(message.progress), Content("\n"), table(waiting, width)]
        for model, one in message.progress.models.items():
            parts += [Content.styled(f"\n\n{model}\n", "bold $primary"), table(figures(one), width)]
        self.query_one("#status-review", Static).update(Content("").join(parts))

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        app = app_of(self)
        self._seen = app.changes
        try:
            self.post_message(self.StatusRead(app.library.status(), progress(app.library)))
        except LibraryError as error:
            app.post_message(Failed(str(error)))


def table(rows: list[tuple[str, str]], width: int) -> Content:
    """Names and values, one below the other; long values go on below their beginning."""
    first = max(len(name) for name, _ in rows) + 2
    parts: list[str | tuple[str, str]] = []
    for name, value in rows:
        for number, line in enumerate(wrap(value, max(20, width - first)) or [""]):
            parts += [(f"{'' if number else name:<{first}}", MUTED), f"{line}\n"]
    return Content.assemble(*parts).rstrip()
