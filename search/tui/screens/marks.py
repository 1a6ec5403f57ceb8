"""Marks of one photograph or of many: a key each."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from index_data.catalogue.conditions import NO_MARK, Mark
from search.output.mark_words import stars
from search.output.printable import photographs
from search.tui.dialog import Dialog
from search.tui.themes import MUTED

Choice = tuple[Mark, str]

CHOICES: dict[str, tuple[Choice, str]] = {
    **{str(count): ((Mark.RATING, str(count)), stars(str(count))) for count in range(5, 0, -1)},
    "0": ((Mark.RATING, NO_MARK), f"{stars(NO_MARK)}  no rating"),
    "p": ((Mark.PICK, "picked"), "⚑ picked"),
    "x": ((Mark.PICK, "rejected"), "✗ rejected"),
    "o": ((Mark.PICK, NO_MARK), "neither picked nor rejected"),
    "f": ((Mark.FAVOURITE, "yes"), "♥ favourite"),
    "F": ((Mark.FAVOURITE, NO_MARK), "no favourite"),
    "r": ((Mark.LABEL, "red"), "red"),
    "y": ((Mark.LABEL, "yellow"), "yellow"),
    "g": ((Mark.LABEL, "green"), "green"),
    "b": ((Mark.LABEL, "blue"), "blue"),
    "v": ((Mark.LABEL, "purple"), "purple"),
    "n": ((Mark.LABEL, NO_MARK), "no colour"),
}
"""What each key marks a photograph with, and how that is told."""


class MarkScreen(Dialog[Choice | None]):
    """Chooses a mark by its key; answers it, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", key_display="esc", id="mark.close"),
        *(Binding(key, f"choose('{key}')", text, show=False, id=f"mark.{key}") for key, (_, text) in CHOICES.items()),
    ]

    def __init__(self, count: int) -> None:
        """Takes how many photographs are to be marked."""
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        """Draws the list."""
        with Vertical(classes="window small") as box:
            box.border_title = f"Mark {photographs(self._count)}"
            box.border_subtitle = "press a key · esc closes"
            yield OptionList(
                *(Option(Content.assemble((f" {key}  ", MUTED), text), id=key) for key, (_, text) in CHOICES.items())
            )

    def action_choose(self, key: str) -> None:
        """Answers what a key stands for."""
        self.dismiss(CHOICES[key][0])

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.action_choose(str(message.option.id))
