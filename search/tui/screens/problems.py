"""The files that were set aside, each with its reason, and another try for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Static

from index_data import catalogue
from index_data.catalogue.records import ProblemRecord
from index_data.errors import LibraryError
from search.output.local_time import local_time
from search.output.printable import printable
from search.tui.context import Context
from search.tui.messages import LibraryChanged, WorkFailed
from search.tui.services.activity import Activity, watch_activity
from search.tui.services.scan_runner import ScanStatus
from search.tui.themes import MUTED
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar

MOST_SHOWN = 5000
"""Lines of the table."""


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

    @dataclass
    class ProblemsRead(Message):
        """The problems were read."""

        problems: list[ProblemRecord]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._problems: list[ProblemRecord] = []
        self._scan: ScanStatus | None = None
        self._seen_changes = -1

    def compose(self) -> ComposeResult:
        """Draws the table, still empty."""
        yield TopBar("problems")
        yield Static("", id="problems-head", classes="head")
        table: DataTable[Content | str] = DataTable(id="problems", cursor_type="row", zebra_stripes=True)
        table.add_columns("reason", "file", "folder", "bytes", "noted")
        yield table
        yield Static("", id="problems-whole", classes="foot")
        yield KeyBar()

    def on_mount(self) -> None:
        """Reads the problems, and follows the scan."""
        self._scan = self.context.activity().scan
        watch_activity(self, self._follow_scan)
        self.query_one(DataTable).focus()

    def on_screen_resume(self) -> None:
        """Reads them again if the library changed."""
        if self._seen_changes != self.context.activity().changes:
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
        row = table.cursor_row
        table.clear()
        for problem in self._problems[:MOST_SHOWN]:
            folder, _, name = problem.path.rpartition(b"/")
            size = "" if problem.byte_size is None else f"{problem.byte_size:,}"
            table.add_row(
                Content(problem.reason),
                Content(printable(name)),
                Content.styled(printable(folder), MUTED),
                Content.styled(size, MUTED),
                Content.styled(local_time(problem.noted_at), MUTED),
            )
        table.move_cursor(row=min(row, max(0, count - 1)))
        table.display = bool(count)

    @on(DataTable.RowHighlighted)
    def _highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.cursor_row < len(self._problems):
            problem = self._problems[event.cursor_row]
            self.query_one("#problems-whole", Static).update(Content(f"{printable(problem.path)}: {problem.reason}"))

    def action_retry(self) -> None:
        """Looks again at what was set aside, and at nothing else."""
        if not self._problems:
            self.notify("There is nothing to try again.")
        elif not self.context.scans.retry([problem.path for problem in self._problems]):
            self.notify("A scan is running; try again when it has finished.", severity="warning")

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(DataTable), f"action_{name}")()

    def _follow_scan(self, activity: Activity) -> None:
        scan = activity.scan
        if scan is not self._scan:
            self._scan = scan
            if scan is not None and not scan.running:
                self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        self._seen_changes = self.context.activity().changes
        try:
            self.post_message(self.ProblemsRead(self.context.library.read(catalogue.problems)))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))
