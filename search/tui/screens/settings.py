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
from textual.widgets import Footer, Label, Select, Static

from search.tui.app_of import app_of
from search.tui.top_bar import TopBar


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the state that a person can set.

    Attributes:
        name: Of the field.
        title: On the screen.
        means: What it does.
        choices: Names of its values, and these.
    """

    name: str
    title: str
    means: str
    choices: tuple[tuple[str, str | bool], ...]


SETTINGS = (
    Setting(
        "pictures",
        "Pictures",
        "how photographs are drawn; by itself the best that the terminal can do",
        (
            ("by itself", "auto"),
            ("Kitty", "kitty"),
            ("Sixel", "sixel"),
            ("coloured blocks", "blocks"),
            ("none, words alone", "none"),
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
        "ask the model how sure it is of each word; takes a moment a photograph",
        (("are not asked about", False), ("are asked about", True)),
    ),
)


class SettingsScreen(Screen[None]):
    """A line for each setting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "app.focus_next", "Next", key_display="tab", id="settings.next"),
        Binding("k", "app.focus_previous", show=False, id="settings.previous"),
        Binding("escape", "app.back", "Back", id="settings.back"),
    ]

    def compose(self) -> ComposeResult:
        """Draws the settings as they are."""
        app = app_of(self)
        yield TopBar("settings")
        with VerticalScroll(id="settings"):
            themes = [(name, name) for name in sorted(app.available_themes)]
            yield from self._line("theme", "Theme", "the colours; also in the palette", themes, app.theme)
            for one in SETTINGS:
                value = getattr(app.state, one.name)
                yield from self._line(one.name, one.title, one.means, one.choices, value)
            yield Static(f"Kept in {app.library.paths.tui_state}", classes="muted", markup=False)
        yield Footer()

    def on_screen_resume(self) -> None:
        """Shows what was changed elsewhere."""
        app = app_of(self)
        self.query_one("#set-theme", Select).value = app.theme
        for one in SETTINGS:
            if any(value == getattr(app.state, one.name) for _, value in one.choices):
                self.query_one(f"#set-{one.name}", Select).value = getattr(app.state, one.name)

    @on(Select.Changed)
    def _changed(self, event: Select.Changed) -> None:
        app, name, value = app_of(self), str(event.select.id).removeprefix("set-"), event.value
        if name == "theme":
            app.theme = str(value)
        elif getattr(app.state, name) != value:
            setattr(app.state, name, value)
            app.remember()
            app.settings_changed()

    def _line(
        self, name: str, title: str, means: str, choices: Sequence[tuple[str, str | bool]], value: str | bool
    ) -> ComposeResult:
        known = [key for _, key in choices]
        at = value if value in known else known[0]
        with Horizontal(classes="setting"):
            yield Label(title, classes="setting-title")
            yield Select(choices, value=at, allow_blank=False, id=f"set-{name}", compact=True)
            yield Label(means, classes="muted")
