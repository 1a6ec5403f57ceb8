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

from search.tui.app_of import app_of


class QueriesScreen(ModalScreen[str | None]):
    """Answers a query, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="queries.close"),
        Binding("down", "move('cursor_down')", "Down", show=False, id="queries.down"),
        Binding("up", "move('cursor_up')", "Up", show=False, id="queries.up"),
        Binding("enter", "choose", "Ask", show=False, priority=True, id="queries.choose"),
        Binding("ctrl+d", "forget", "Forget", priority=True, id="queries.forget", tooltip="Forget this one"),
    ]

    def compose(self) -> ComposeResult:
        """Draws the list, with a line to type a part in."""
        with Vertical(classes="window") as box:
            box.border_title = "Saved searches and history"
            box.border_subtitle = "enter asks, ctrl+d forgets, esc closes"
            yield Input(placeholder="part of a query or of its name")
            yield OptionList()
            yield Static("Nothing was asked yet. Ask something, and keep it with ctrl+s.", id="empty", classes="about")

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
        app = app_of(self)
        if name:
            del app.state.saved[name]
        else:
            app.state.history.remove(query)
        app.remember()
        self._list(self.query_one(Input).value)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        self._list(message.value)

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def _chosen(self) -> tuple[str, str] | None:
        at = self.query_one(OptionList).highlighted
        return None if at is None else self._entries[at]

    def _list(self, part: str) -> None:
        state = app_of(self).state
        every = [*sorted(state.saved.items()), *(("", query) for query in reversed(state.history))]
        self._entries = [one for one in every if part.lower() in f"{one[0]} {one[1]}".lower()]
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        options.clear_options()
        options.add_options(Option(_line(*one)) for one in self._entries)
        options.highlighted = min(at, len(self._entries) - 1) if self._entries else None
        options.display = bool(self._entries)
        self.query_one("#empty").display = not self._entries and not part


def _line(name: str, query: str) -> Content:
    if not name:
        return Content.assemble(("  ", ""), query)
    return Content.assemble(("★ ", "$accent"), (name, "bold"), (f"  {query}", "$foreground 60%"))
