"""The files that were skipped, each with its reason, and another try for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.filesize import decimal
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Static

from index_data import catalogue
from index_data.catalogue.library_records import ProblemRecord
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

WIDE = 100
"""Columns of a terminal from which on there is room for more than reason and file; the foot tells the whole path."""


class ProblemsScreen(Screen[None]):
    """A line for each file or folder that could not be read."""

    HELP = """Files and folders that could not be read, each with the reason; the line at the foot has the whole path.
They are tried again by themselves when they change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Try again", id="problems.retry", tooltip="Read all of them again now"),
        Binding("j", "move('cursor_down')", show=False, id="problems.down", tooltip="Next file"),
        Binding("k", "move('cursor_up')", show=False, id="problems.up", tooltip="File before"),
        Binding("g,home", "move('scroll_top')", show=False, id="problems.first", tooltip="To the first"),
        Binding("G,end", "move('scroll_bottom')", show=False, id="problems.last", tooltip="To the last"),
        Binding("escape", "app.back", show=False, id="problems.back", tooltip="Back to the photographs"),
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
        head = "Every file could be read."
        if count:
            head = f"{count:,} skipped. Each is tried again when it changes; r tries all of them now."
        self.query_one("#problems-head", Static).update(Content(head))
        self._draw()

    @on(Resize)
    def _draw(self) -> None:
        """Draws the table anew, in columns that share the width: by itself it makes them as wide as their names."""
        table = self.query_one(DataTable)
        row = table.cursor_row
        table.clear(columns=True)
        widths = _column_widths(self.size.width - 2)
        for name, width in widths.items():
            table.add_column(name, width=width)
        for problem in self._problems[:MOST_SHOWN]:
            folder, _, file = problem.path.rpartition(b"/")
            cells = {
                "reason": (problem.reason, ""),
                "file": (printable(file), ""),
                "folder": (printable(folder), MUTED),
                "size": ("" if problem.byte_size is None else decimal(problem.byte_size), MUTED),
                "seen": (local_time(problem.noted_at), MUTED),
            }
            shown = ((_fitted(cells[name][0], width), cells[name][1]) for name, width in widths.items())
            table.add_row(*(Content.styled(text, style) for text, style in shown))
        table.move_cursor(row=min(row, max(0, len(self._problems) - 1)))
        table.display = bool(self._problems)

    @on(DataTable.RowHighlighted)
    def _highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.cursor_row < len(self._problems):
            problem = self._problems[event.cursor_row]
            self.query_one("#problems-whole", Static).update(Content(f"{printable(problem.path)}: {problem.reason}"))

    def action_retry(self) -> None:
        """Looks again at what was skipped, and at nothing else."""
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


def _column_widths(width: int) -> dict[str, int]:
    """The columns with their widths in cells, without the blanks beside each, in a terminal of a width."""
    if width < WIDE - 2:
        reason = width * 11 // 20 - 2
        return {"reason": reason, "file": width - reason - 4}
    size, seen = 9, 16
    rest = width - size - seen - 10
    reason = min(40, rest * 2 // 5)
    file = (rest - reason) // 2
    return {"reason": reason, "file": file, "folder": rest - reason - file, "size": size, "seen": seen}


def _fitted(text: str, width: int) -> str:
    """A text that is cut to fit, where an ellipsis tells so."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "\N{HORIZONTAL ELLIPSIS}"
