"""The saved searches and the history, to choose from by typing a part."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from search.tui.context import Context


class QueriesScreen(ModalScreen[str | None]):
    """Answers a query, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="queries.close"),
        Binding("down", "move('cursor_down')", "Down", show=False, id="queries.down"),
        Binding("up", "move('cursor_up')", "Up", show=False, id="queries.up"),
        Binding("enter", "choose", "Search", show=False, priority=True, id="queries.choose"),
        Binding("ctrl+d", "forget", "Forget", priority=True, id="queries.forget", tooltip="Forget this one"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._entries: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """Draws the list, with a line to type a part in."""
        with Vertical(classes="window") as box:
            box.border_title = "Saved searches and history"
            box.border_subtitle = "enter searches, ctrl+d forgets, esc closes"
            yield Input(placeholder="part of a query or of its name")
            yield OptionList()
            yield Static("No searches yet. Search for something, and save it with ctrl+s.", id="empty", classes="about")

    def on_mount(self) -> None:
        """Lists everything."""
        self._list("")

    def action_move(self, name: str) -> None:
        """Moves through the list while the line keeps what is typed."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    def action_choose(self) -> None:
        """Answers the query that is marked."""
        chosen = self._chosen()
        self.dismiss(chosen[1] if chosen else None)

    def action_forget(self) -> None:
        """Forgets the query that is marked, a saved one under its name."""
        chosen = self._chosen()
        if chosen is None:
            return
        name, query = chosen
        state = self.context.state
        if name:
            del state.saved[name]
        else:
            state.history.remove(query)
        self.context.remember()
        self._list(self.query_one(Input).value)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        self._list(message.value)

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def _chosen(self) -> tuple[str, str] | None:
        index = self.query_one(OptionList).highlighted
        return None if index is None else self._entries[index]

    def _list(self, part: str) -> None:
        state = self.context.state
        entries = [*sorted(state.saved.items()), *(("", query) for query in reversed(state.history))]
        self._entries = [(name, query) for name, query in entries if part.lower() in f"{name} {query}".lower()]
        options = self.query_one(OptionList)
        highlighted = options.highlighted or 0
        options.clear_options()
        options.add_options(Option(_draw_line(name, query)) for name, query in self._entries)
        options.highlighted = min(highlighted, len(self._entries) - 1) if self._entries else None
        options.display = bool(self._entries)
        self.query_one("#empty").display = not self._entries and not part


def _draw_line(name: str, query: str) -> Content:
    if not name:
        return Content.assemble(("  ", ""), query)
    return Content.assemble(("★ ", "$accent"), (name, "bold"), (f"  {query}", "$foreground 60%"))
