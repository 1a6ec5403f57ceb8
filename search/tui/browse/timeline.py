"""The months in which photographs were taken, each with how many: to look at one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import groupby
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data import catalogue
from index_data.catalogue.conditions import NONE_AT_ALL, Among, Condition
from index_data.catalogue.library_records import MonthCount
from index_data.errors import LibraryError
from search.engine.query_text import filter_value, read, with_filter, without_filter
from search.errors import SearchError
from search.tui.browse.detail_text import draw_bar
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.themes import MUTED

FILTERS = ("on", "after", "before")
"""Those that a month takes the place of."""


@dataclass(frozen=True, slots=True)
class Line:
    """A year, a month, or what bears no date itself and stands among the others by the dates of its files.

    Attributes:
        name: As a filter says it, such as ``2019`` or ``2019-07``.
        title: As people say it.
        count: Photographs.
        by_file: Of these, those dated by their files alone.
        share: In [0, 1], of the line of its kind that has the most.
    """

    name: str
    title: str
    count: int
    by_file: int
    share: float


class TimelineScreen(Dialog[str | None]):
    """Answers the query with a month as a filter, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,T", "dismiss", "Close", key_display="esc", id="timeline.close"),
        Binding("j", "move('cursor_down')", show=False, id="timeline.down"),
        Binding("k", "move('cursor_up')", show=False, id="timeline.up"),
        Binding("g", "move('first')", show=False, id="timeline.first"),
        Binding("G", "move('last')", show=False, id="timeline.last"),
        Binding("right,l", "fold(False)", "Unfold", id="timeline.unfold", tooltip="Show the months of the year"),
        Binding("left,h", "fold(True)", "Fold", id="timeline.fold", tooltip="Show the year alone"),
    ]

    @dataclass
    class MonthsRead(Message):
        """The months were counted."""

        months: list[MonthCount]

    def __init__(self, context: Context, text: str) -> None:
        """Takes the query whose photographs are counted, whenever they were taken."""
        super().__init__()
        self.context = context
        self._query = reduce(without_filter, FILTERS, text)
        present = filter_value(text, "on")
        self._open = {present[:4]} if present else set()
        self._present = present
        self._months: list[MonthCount] = []
        self._lines: list[Line] = []

    def compose(self) -> ComposeResult:
        """Draws the box."""
        with Vertical(classes="window small") as box:
            box.border_title = "Timeline"
            box.border_subtitle = "enter shows, \N{RIGHTWARDS ARROW} unfolds, esc closes"
            yield Static(Content(f"of what answers: {self._query}" if self._query else ""), id="note", classes="about")
            yield OptionList()

    def on_mount(self) -> None:
        """Counts."""
        self.query_one("#note").display = bool(self._query)
        self._count()

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    def action_fold(self, folded: bool) -> None:
        """Folds the year of the line, or shows its months."""
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is None:
            return
        year = self._lines[highlighted].name[:4]
        if folded != (year not in self._open):
            self._open ^= {year}
            self._draw(year)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(with_filter(self._query, "on", self._lines[message.option_index].name))

    @on(MonthsRead)
    def _months_read(self, message: MonthsRead) -> None:
        self._months = message.months
        if not self._open and self._months:
            self._open = {self._months[0].month[:4]}
        if not self._months:
            self.query_one("#note", Static).update("No photographs to tell of.")
            self.query_one("#note").display = True
        self._draw(self._present)

    def _draw(self, name: str) -> None:
        """Draws the lines, with the cursor on the one of this name if it is there, else on its year."""
        self._lines = list_lines(self._months, self._open)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(_draw_line(line, unfolded=line.name in self._open)) for line in self._lines)
        names = [line.name for line in self._lines]
        wanted = next((part for part in (name, name[:7], name[:4]) if part in names), names[0] if names else "")
        options.highlighted = names.index(wanted) if names else None
        options.focus()

    @work(thread=True, exclusive=True, group="timeline")
    def _count(self) -> None:
        worker = get_current_worker()
        conditions: list[Condition] = []
        try:
            if without_filter(self._query, "sort"):
                answer = self.context.engine.search(read(self._query))
                conditions = [Among(frozenset(answer.ranking.image_ids.tolist()))]
            months = self.context.library.read(catalogue.months, conditions)
        except (SearchError, CaptioningError, LibraryError) as error:
            months = []
            self.notify(str(error), severity="error", markup=False)
        if not worker.is_cancelled:
            self.post_message(self.MonthsRead(months))


def list_lines(months: Sequence[MonthCount], unfolded: set[str]) -> list[Line]:
    """The lines of a timeline: years, the months of those that are unfolded, and last what bears no date itself."""
    years = [(year, list(group)) for year, group in groupby(months, key=lambda month: month.month[:4])]
    most_of_year = max((sum(month.count for month in within) for _, within in years), default=0)
    most = max((month.count for month in months), default=0)
    lines = []
    for year, within in years:
        count, by_file = sum(month.count for month in within), sum(month.by_file for month in within)
        lines.append(Line(year, year, count, by_file, count / most_of_year))
        for month in within if year in unfolded else ():
            title = f"{datetime.fromisoformat(f'{month.month}-01'):%B %Y}"
            lines.append(Line(month.month, title, month.count, month.by_file, month.count / most))
    undated = sum(month.by_file for month in months)
    return [*lines, *([Line(NONE_AT_ALL, "no date of their own", undated, 0, 0.0)] if undated else [])]


def _draw_line(line: Line, *, unfolded: bool) -> Content:
    is_month = "-" in line.name
    sign = "" if line.name == NONE_AT_ALL else "▾ " if unfolded else "▸ "
    title = f"    {line.title}" if is_month else f"{sign}{line.title}"
    files = f"  {line.by_file:,} (file)" if line.by_file else ""
    return Content.assemble(
        (f"{title:<21}", "" if is_month else "bold"),
        f"{line.count:>7,}  ",
        (draw_bar(line.share), "$secondary"),
        (files, MUTED),
    )
