"""What a person can set; each takes effect at once and is kept for the next start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Label, Select, Static

from search.tui.context import Context
from search.tui.messages import PicturesRestyled
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the state that a person can set.

    Attributes:
        name: Of the field.
        title: On the screen.
        explanation: What it does.
        choices: Names of its values, and these.
    """

    name: str
    title: str
    explanation: str
    choices: tuple[tuple[str, str | bool], ...]


SETTINGS = (
    Setting(
        "pictures",
        "Pictures",
        "how photographs are drawn; automatic takes the best that the terminal can do",
        (
            ("automatic", "auto"),
            ("Kitty", "kitty"),
            ("Sixel", "sixel"),
            ("coloured blocks", "blocks"),
            ("none, text only", "none"),
        ),
    ),
    Setting(
        "thumbnails",
        "Thumbnails",
        "how large they are in the grid; there also + and -",
        (("small", "small"), ("medium", "medium"), ("large", "large")),
    ),
    Setting(
        "word_confidence",
        "Words",
        "ask the model how sure it is of each word; takes a moment for each photograph",
        (("do not ask", False), ("ask", True)),
    ),
)


class SettingsScreen(Screen[None]):
    """A line for each setting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "app.focus_next", "Next", key_display="tab", id="settings.next"),
        Binding("k", "app.focus_previous", show=False, id="settings.previous"),
        Binding("escape", "app.back", "Back", id="settings.back"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context

    def compose(self) -> ComposeResult:
        """Draws the settings as they are."""
        yield TopBar("settings")
        with VerticalScroll(id="settings"):
            themes = [(name, name) for name in sorted(self.app.available_themes)]
            yield from self._line("theme", "Theme", "the colours; also in the palette", themes, self.app.theme)
            for setting in SETTINGS:
                value = getattr(self.context.state, setting.name)
                yield from self._line(setting.name, setting.title, setting.explanation, setting.choices, value)
            yield Static(f"Kept in {self.context.library.paths.tui_state}", classes="muted", markup=False)
        yield KeyBar()

    def on_screen_resume(self) -> None:
        """Shows what was changed elsewhere."""
        self.query_one("#set-theme", Select).value = self.app.theme
        for setting in SETTINGS:
            present = getattr(self.context.state, setting.name)
            if any(value == present for _, value in setting.choices):
                self.query_one(f"#set-{setting.name}", Select).value = present

    @on(Select.Changed)
    def _changed(self, event: Select.Changed) -> None:
        state, name, value = self.context.state, str(event.select.id).removeprefix("set-"), event.value
        if name == "theme":
            self.app.theme = str(value)
        elif getattr(state, name) != value:
            setattr(state, name, value)
            self.context.remember()
            self.post_message(PicturesRestyled())

    def _line(
        self, name: str, title: str, explanation: str, choices: Sequence[tuple[str, str | bool]], value: str | bool
    ) -> ComposeResult:
        known = [key for _, key in choices]
        present = value if value in known else known[0]
        with Horizontal(classes="setting"):
            yield Label(title, classes="setting-title")
            yield Select(choices, value=present, allow_blank=False, id=f"set-{name}", compact=True)
            yield Label(explanation, classes="muted")
