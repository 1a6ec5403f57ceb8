"""The files that were set aside, each with its reason, and another try for all of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from index_data import catalogue
from index_data.catalogue.records import ProblemRecord
from index_data.errors import LibraryError
from search.output.printable import printable
from search.tui.app_of import app_of
from search.tui.indexing import Scan
from search.tui.messages import Failed, LibraryChanged
from search.tui.themes import MUTED
from search.tui.top_bar import TopBar

MOST_SHOWN = 5000
"""Lines of the table."""


def folders_to_retry(problems: list[ProblemRecord]) -> list[Path]:
    """The folders whose scan tries every problem again: those the files lie in, or themselves, none inside another."""
    found = {path if path.is_dir() else path.parent for path in (Path(os.fsdecode(one.path)) for one in problems)}
    there = sorted(path for path in found if path.is_dir())
    return [path for path in there if not any(other in path.parents for other in there)]


class ProblemsScreen(Screen[None]):
    """A line for each file or folder that could not be read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Try again", id="problems.retry", tooltip="Read all of them again now"),
        Binding("j", "move('cursor_down')", show=False, id="problems.down"),
        Binding("k", "move('cursor_up')", show=False, id="problems.up"),
        Binding("g,home", "move('scroll_top')", show=False, id="problems.first"),
        Binding("G,end", "move('scroll_bottom')", show=False, id="problems.last"),
        Binding("escape", "app.back", show=False, id="problems.back"),
    ]

    class ProblemsRead(Message):
        """The problems were read."""

        def __init__(self, problems: list[ProblemRecord]) -> None:
            self.problems = problems
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._problems: list[ProblemRecord] = []
        self._seen = -1

    def compose(self) -> ComposeResult:
        """Draws the table, still empty."""
        yield TopBar("problems")
        yield Static("", id="problems-head", classes="head")
        table: DataTable[Content | str] = DataTable(id="problems", cursor_type="row", zebra_stripes=True)
        table.add_columns("reason", "file", "folder", "bytes", "noted (UTC)")
        yield table
        yield Static("", id="problems-whole", classes="foot")
        yield Footer()

    def on_mount(self) -> None:
        """Reads the problems, and follows the scan."""
        self.watch(app_of(self), "scan", self._scanned, init=False)
        self.query_one(DataTable).focus()

    def on_screen_resume(self) -> None:
        """Reads them again if the library changed."""
        if self._seen != app_of(self).changes:
            self._read()

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._read()

    @on(ProblemsRead)
    def _show(self, message: ProblemsRead) -> None:
        self._problems = message.problems
        count = len(self._problems)
        head = "Nothing was set aside: every file could be read."
        if count:
            head = f"{count:,} set aside. Each is tried again when it changes; r tries all of them now."
        self.query_one("#problems-head", Static).update(Content(head))
        table = self.query_one(DataTable)
        at = table.cursor_row
        table.clear()
        for one in self._problems[:MOST_SHOWN]:
            folder, _, name = one.path.rpartition(b"/")
            size = "" if one.byte_size is None else f"{one.byte_size:,}"
            table.add_row(
                Content(one.reason),
                Content(printable(name)),
                Content.styled(printable(folder), MUTED),
                Content.styled(size, MUTED),
                Content.styled(f"{one.noted_at:%Y-%m-%d %H:%M}", MUTED),
            )
        table.move_cursor(row=min(at, max(0, count - 1)))
        table.display = bool(count)

    @on(DataTable.RowHighlighted)
    def _highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.cursor_row < len(self._problems):
            one = self._problems[event.cursor_row]
            self.query_one("#problems-whole", Static).update(Content(f"{printable(one.path)}: {one.reason}"))

    def action_retry(self) -> None:
        """Scans the folders in which the files lie, and tries what was set aside."""
        folders = folders_to_retry(self._problems)
        if not folders:
            self.notify("There is nothing to try again.")
        elif not app_of(self).indexing.start(folders, retry=True):
            self.notify("A scan is going on; try again when it has finished.", severity="warning")

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(DataTable), f"action_{name}")()

    def _scanned(self, scan: Scan | None) -> None:
        if scan is not None and not scan.running:
            self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        app = app_of(self)
        self._seen = app.changes
        try:
            self.post_message(self.ProblemsRead(app.library.read(catalogue.problems)))
        except LibraryError as error:
            app.post_message(Failed(str(error)))
