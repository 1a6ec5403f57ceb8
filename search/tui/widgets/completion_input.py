"""A line to write in that offers how the word at the cursor may end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from search.engine.completion import Completer
from search.tui.themes import MUTED


class _Line(Input):
    """Its keys come before those of an input, whose tabulator leaves it."""

    HELP = """What you write here is the caption from then on, and is found by its words. Below the line stand endings
of the word that you are writing; tab takes the marked one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Store", id="completing.store", tooltip="Store what is written"),
        Binding("tab", "app_take", "Complete", id="completing.take", tooltip="Take the marked ending of the word"),
        Binding("escape", "app_leave", "Leave", id="completing.leave", tooltip="Leave the words as they were"),
        Binding("down,ctrl+n", "app_mark(1)", show=False, id="completing.next", tooltip="Mark the next ending"),
        Binding("up,ctrl+p", "app_mark(-1)", show=False, id="completing.previous", tooltip="Mark the ending before"),
    ]

    def action_app_take(self) -> None:
        """Takes the marked ending."""
        self._owner.take()

    def action_app_mark(self, step: int) -> None:
        """Marks another ending."""
        self._owner.mark(step)

    def action_app_leave(self) -> None:
        """Gives up."""
        self._owner.post_message(CompletionInput.Cancelled())

    @property
    def _owner(self) -> CompletionInput:
        assert isinstance(self.parent, CompletionInput), "a line is made by what completes it"
        return self.parent


class CompletionInput(Vertical):
    """An input with the possible endings of a word below it; `Submitted` and `Cancelled` tell how it ends."""

    @dataclass
    class Submitted(Message):
        """The text is finished."""

        text: str

    @dataclass
    class Changed(Message):
        """Something was typed or taken away."""

        text: str

    @dataclass
    class Cancelled(Message):
        """Nothing is to change."""

    def __init__(self, completer: Completer, *, value: str = "", placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.completer = completer
        self._value, self._placeholder = value, placeholder
        self._endings: list[str] = []
        self._marked = 0

    def compose(self) -> ComposeResult:
        """Draws the line and what it offers."""
        yield _Line(self._value, placeholder=self._placeholder, select_on_focus=False)
        yield Static("", classes="endings")

    @property
    def line(self) -> Input:
        """What is written in."""
        return self.query_one(_Line)

    @property
    def endings(self) -> tuple[str, ...]:
        """What is offered, the marked one among them."""
        return tuple(self._endings)

    @property
    def marked(self) -> str | None:
        """The ending that the tab key takes, if there is one."""
        return self._endings[self._marked] if self._endings else None

    def begin(self, value: str) -> None:
        """Puts words in, and the cursor at their end."""
        self.line.value = value
        self.line.cursor_position = len(value)
        # At once, so that what is typed ahead finds it.
        self.screen.set_focus(self.line)

    def mark(self, step: int) -> None:
        """Marks the next ending, or the one before."""
        if self._endings:
            self._marked = (self._marked + step) % len(self._endings)
            self._draw()

    def take(self) -> None:
        """Puts the marked ending in place of the beginning."""
        if not self._endings:
            return
        text, cursor = self.completer.completed(self.line.value, self.line.cursor_position, self._endings[self._marked])
        self.line.value, self.line.cursor_position = text, cursor

    @on(Input.Changed)
    def _offer(self, event: Input.Changed) -> None:
        event.stop()
        self._endings = self.completer.endings(event.value, self.line.cursor_position)
        self._marked = 0
        self._draw()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(event.value))

    def _draw(self) -> None:
        parts: list[tuple[str, str]] = []
        for index, ending in enumerate(self._endings):
            parts += [(f" {ending} ", "reverse" if index == self._marked else MUTED), (" ", "")]
        self.query_one(".endings", Static).update(Content.assemble(*parts))
