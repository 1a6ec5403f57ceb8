"""What a change of many photographs would do, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from search.tui.dialog import Dialog
from search.tui.themes import MUTED

MOST_SHOWN = 500
"""Photographs that are named one by one; the rest are counted."""


class PreviewScreen(Dialog[bool]):
    """Names what would change; answers whether a person confirms it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", "Confirm", key_display="enter", priority=True, id="preview.yes"),
        Binding("escape,n", "answer(False)", "Cancel", key_display="esc", id="preview.no"),
        Binding("j", "move('cursor_down')", show=False, id="preview.down"),
        Binding("k", "move('cursor_up')", show=False, id="preview.up"),
    ]

    def __init__(self, title: str, lines: Sequence[tuple[str, str]], *, count: int) -> None:
        """Takes what will happen, and the name and new words of each photograph, or of the first of `count`."""
        super().__init__()
        self._title, self._lines, self._count = title, lines[:MOST_SHOWN], count

    def compose(self) -> ComposeResult:
        """Draws the list."""
        with Vertical(classes="modal") as box:
            box.border_title = "Preview"
            box.border_subtitle = "enter confirms · esc cancels"
            yield Label(Content(self._title), classes="modal-title")
            yield OptionList(
                *(Option(Content.assemble((f"{name}  ", MUTED), words), disabled=False) for name, words in self._lines),
                id="preview-lines",
            )
            if self._count > len(self._lines):
                yield Label(f"… and {self._count - len(self._lines):,} more", classes="muted")

    def action_answer(self, confirmed: bool) -> None:
        """Closes with the answer."""
        self.dismiss(confirmed)

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(OptionList), f"action_{name}")()
