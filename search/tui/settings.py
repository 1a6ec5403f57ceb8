"""What a person can set; each takes effect at once and is kept for the next start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Label, Select, Static, Switch

from search.tui.app_of import app_of
from search.tui.top_bar import TopBar


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the state that a person can set.

    Attributes:
        name: Of the field.
        title: On the screen.
        means: What it does.
        choices: Its values with their names; none where it is on or off.
    """

    name: str
    title: str
    means: str
    choices: tuple[tuple[str, str], ...] = ()


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
    Setting("detail", "Details", "whether the pane beside the grid is open; there also d"),
    Setting(
        "word_confidence", "Words", "ask the model how sure it is of each word; it takes a moment for each photograph"
    ),
    Setting(
        "review_order",
        "Review",
        "what comes first in the queue",
        (("the most doubtful", "doubt"), ("the oldest", "date"), ("by path", "path")),
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
            yield from self._line(
                "Theme",
                "the colours; also in the palette",
                Select(themes, value=app.theme, allow_blank=False, id="set-theme", compact=True),
            )
            for one in SETTINGS:
                value = getattr(app.state, one.name)
                known = {key for _, key in one.choices}
                control: Select[str] | Switch = (
                    Select(
                        one.choices,
                        value=value if value in known else one.choices[0][1],
                        allow_blank=False,
                        id=f"set-{one.name}",
                        compact=True,
                    )
                    if one.choices
                    else Switch(value=value, id=f"set-{one.name}")
                )
                yield from self._line(one.title, one.means, control)
            yield Static(f"Kept in {app.library.paths.tui_state}", classes="muted", markup=False)
        yield Footer()

    def on_screen_resume(self) -> None:
        """Shows what was changed elsewhere."""
        app = app_of(self)
        self.query_one("#set-theme", Select).value = app.theme
        for one in SETTINGS:
            control = self.query_one(f"#set-{one.name}")
            if isinstance(control, (Select, Switch)):
                control.value = getattr(app.state, one.name)

    @on(Select.Changed)
    def _selected(self, event: Select.Changed) -> None:
        if event.select.id == "set-theme":
            app_of(self).theme = str(event.value)
        else:
            self._keep(str(event.select.id), str(event.value))

    @on(Switch.Changed)
    def _switched(self, event: Switch.Changed) -> None:
        self._keep(str(event.switch.id), event.value)

    def _keep(self, control: str, value: str | bool) -> None:
        app, name = app_of(self), control.removeprefix("set-")
        if getattr(app.state, name) != value:
            setattr(app.state, name, value)
            app.remember()
            app.settings_changed()

    def _line(self, title: str, means: str, control: Select[str] | Switch) -> ComposeResult:
        with Horizontal(classes="setting"):
            yield Label(title, classes="setting-title")
            yield control
            yield Label(means, classes="muted")
