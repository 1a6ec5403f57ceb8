"""Files on their way: how far it is, and what could not be done."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, ProgressBar, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from index_data.errors import LibraryError
from index_data.relocation.outcome import Outcome
from search.errors import SearchError
from search.tui.dialog import Dialog
from search.tui.screens.preview import MOST_SHOWN

REPORT_EVERY = 0.1
"""Seconds between two reports of how far the work is."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that is done to one file after the other.

    Attributes:
        title: Of the window.
        total: Files.
        outcomes: Does the work as they are taken.
        failure: Why a file was left out, as a sentence.
    """

    title: str
    total: int
    outcomes: Callable[[], Iterator[Outcome]]
    failure: Callable[[Outcome], str]


@dataclass(frozen=True, slots=True)
class WorkDone:
    """How far the work came.

    Attributes:
        done: The files with which all went well.
        failures: A sentence for each of the others.
        stopped: Whether a person ended it before the last.
        error: Why nothing more could be done; empty if there is no such reason.
    """

    done: tuple[bytes, ...] = ()
    failures: tuple[str, ...] = ()
    stopped: bool = False
    error: str = ""


@dataclass(slots=True)
class _Tally:
    done: list[bytes] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def frozen(self, *, stopped: bool = False, error: str = "") -> WorkDone:
        return WorkDone(tuple(self.done), tuple(self.failures), stopped, error)


class FileWorkScreen(Dialog[WorkDone]):
    """Does the work, and closes with how far it came; where something failed, once a person has read what."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Stop, or close", key_display="esc", id="work.leave"),
    ]

    @dataclass
    class Advanced(Message):
        """So many files were seen to."""

        count: int

    @dataclass
    class Ended(Message):
        """Nothing more is done."""

        work: WorkDone

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self._ended: WorkDone | None = None

    def compose(self) -> ComposeResult:
        """Draws the window, with no file done."""
        with Vertical(classes="window") as box:
            box.border_title = self._work.title
            box.border_subtitle = "esc stops after this file"
            yield ProgressBar(self._work.total, show_eta=False, id="work-bar")
            yield Static("", id="work-count", classes="about")
            yield OptionList(id="work-failures")

    def on_mount(self) -> None:
        """Begins."""
        self.query_one("#work-failures").display = False
        self._count(0)
        self._carry_out()

    @work(thread=True, group="files")
    def _carry_out(self) -> None:
        worker, tally, reported = get_current_worker(), _Tally(), time.monotonic()
        ended = None
        try:
            with closing(cast("Generator[Outcome]", self._work.outcomes())) as outcomes:
                for count, outcome in enumerate(outcomes, start=1):
                    if outcome.problem:
                        tally.failures.append(self._work.failure(outcome))
                    else:
                        tally.done.append(outcome.path)
                    if worker.is_cancelled:
                        ended = tally.frozen(stopped=count < self._work.total)
                        break
                    if time.monotonic() - reported >= REPORT_EVERY:
                        reported = time.monotonic()
                        self.post_message(self.Advanced(count))
        except (LibraryError, SearchError) as error:
            ended = tally.frozen(error=str(error))
        self.post_message(self.Ended(ended or tally.frozen()))

    @on(Advanced)
    def _advanced(self, message: Advanced) -> None:
        self._count(message.count)

    def _count(self, count: int) -> None:
        self.query_one(ProgressBar).update(progress=count)
        self.query_one("#work-count", Static).update(Content(f"{count:,} of {self._work.total:,}"))

    @on(Ended)
    def _show_end(self, message: Ended) -> None:
        self._ended, work = message.work, message.work
        if not work.failures:
            self.dismiss(work)
            return
        self._count(len(work.done) + len(work.failures))
        count = f"{len(work.done):,} done, {len(work.failures):,} left out:"
        self.query_one("#work-count", Static).update(Content(count))
        self.query_one(ProgressBar).display = False
        box = self.query_one(".window", Vertical)
        box.border_subtitle = "esc closes"
        failures = self.query_one("#work-failures", OptionList)
        failures.add_options(Option(Content(sentence)) for sentence in work.failures[:MOST_SHOWN])
        if more := len(work.failures) - MOST_SHOWN:
            failures.add_options([Option(f"… and {more:,} more")] if more > 0 else [])
        failures.display = True
        failures.focus()

    def action_leave(self) -> None:
        """Stops after the file in hand, or closes when the end was read."""
        if self._ended is not None:
            self.dismiss(self._ended)
        else:
            self.workers.cancel_group(self, "files")
            self.query_one(".window", Vertical).border_subtitle = "stopping…"
