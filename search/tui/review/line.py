"""The line that opens over the queue: for the query that is reviewed, or for the number of a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

LinePurpose = Literal["query", "jump"]


class ReviewLine(Input):
    """Hidden until it is asked for something; posts what was entered, and closes."""

    HELP = """A query, of which what it finds is reviewed; an empty one reviews everything. Or the number of a line."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Go", id="review_line.go", tooltip="Review what the query finds, or go to the line"),
    ]

    @dataclass
    class QueryEntered(Message):
        """What shall be reviewed; everything, if it is empty."""

        query: str

    @dataclass
    class RowEntered(Message):
        """The row of the queue to go to, counted from 0."""

        row: int

    def __init__(self) -> None:
        super().__init__(id="review-line", compact=True)
        self._purpose: LinePurpose = "query"

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return self.has_class("open")

    def open(self, purpose: LinePurpose, *, query: str, rows: int) -> None:
        """Comes up, with the query that is reviewed or asking for one of so many rows."""
        self._purpose = purpose
        self.value = query if purpose == "query" else ""
        self.placeholder = "Review what a query finds" if purpose == "query" else f"Go to line, 1 to {rows:,}"
        self.add_class("open")
        self.focus()

    def close(self) -> None:
        """Goes out of sight."""
        self.remove_class("open")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._purpose == "query":
            self.post_message(self.QueryEntered(" ".join(event.value.split())))
        elif event.value.strip().isdecimal():
            self.post_message(self.RowEntered(int(event.value) - 1))
        else:
            self.notify("A line is a number.", severity="warning")
            return
        self.close()
