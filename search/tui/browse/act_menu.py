"""The menu of what can be done with the photographs that are marked, or with the one at the cursor: a key for each."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from search.output.printable import photographs
from search.tui.dialog import Dialog
from search.tui.themes import MUTED

ACTS = {
    "a": ("accept", "Accept the captions"),
    "t": ("tag", "Tag"),
    "r": ("mark", "Rate, pick, colour"),
    "p": ("album", "Put into an album, or take out of one"),
    "o": ("open", "Open in the system's viewer"),
    "c": ("copy", "Copy to a folder"),
    "m": ("move", "Move to a folder; the library follows"),
    "s": ("sheet", "Write a contact sheet"),
    "e": ("export", "Export the captions and tags"),
    "x": ("trash", "Move to the trash"),
}
"""By key: the name of an act, and what it does."""


class ActScreen(Dialog[str | None]):
    """Chooses an act by its key; answers its name, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", key_display="esc", id="act.close"),
        Binding("delete", "choose('x')", show=False, id="act.delete"),
        *(Binding(key, f"choose('{key}')", text, show=False, id=f"act.{name}") for key, (name, text) in ACTS.items()),
    ]

    def __init__(self, count: int) -> None:
        """Takes how many photographs it is about."""
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        """Draws the list."""
        with Vertical(classes="window small") as box:
            box.border_title = f"{photographs(self._count)}: what to do"
            box.border_subtitle = "press a key · esc closes"
            yield OptionList(
                *(Option(Content.assemble((f" {key}  ", MUTED), text), id=key) for key, (_, text) in ACTS.items())
            )

    def action_choose(self, key: str) -> None:
        """Answers what a key stands for."""
        self.dismiss(ACTS[key][0])

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.action_choose(str(message.option.id))
