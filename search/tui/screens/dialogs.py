"""Small windows that ask one thing: a choice of a few, or a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from search.tui.dialog import Dialog


class ChoiceScreen(Dialog[str | None]):
    """Chooses one of a few; answers its name, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", id="choice.close"),
        Binding("j", "move('cursor_down')", show=False, id="choice.down"),
        Binding("k", "move('cursor_up')", show=False, id="choice.up"),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], present: str = "") -> None:
        """Takes names with what they say to a person, and the name that holds now."""
        super().__init__()
        self._title, self._choices, self._present = title, choices, present

    def compose(self) -> ComposeResult:
        """Draws the list."""
        with Vertical(classes="window small") as box:
            box.border_title = self._title
            box.border_subtitle = "enter chooses, esc closes"
            yield OptionList(*(Option(Content(text), id=name) for name, text in self._choices))

    def on_mount(self) -> None:
        """Begins at what holds now."""
        names = [name for name, _ in self._choices]
        self.query_one(OptionList).highlighted = names.index(self._present) if self._present in names else 0

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option.id)


class LineScreen(Dialog[str | None]):
    """Asks for a line of text; answers it, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="line.close"),
        Binding("tab", "complete", show=False, id="line.complete"),
    ]

    def __init__(
        self, title: str, about: str, text: str = "", *, suggester: Suggester | None = None, does: str = "saves"
    ) -> None:
        """Takes what is asked, what completes the line, and what the enter key does."""
        super().__init__()
        self._title, self._about, self._text = title, about, text
        self._suggester, self._does = suggester, does

    def compose(self) -> ComposeResult:
        """Draws the line."""
        with Vertical(classes="window small") as box:
            box.border_title = self._title
            completes = "tab completes, " if self._suggester else ""
            box.border_subtitle = f"{completes}enter {self._does}, esc closes"
            yield Static(Content(self._about), classes="about")
            yield Input(self._text, suggester=self._suggester)

    def action_complete(self) -> None:
        """Takes what is suggested."""
        line = self.query_one(Input)
        line.action_end()
        line.action_cursor_right()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip() or None)
