"""What a person can set: how this browser looks, and what holds for every command."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Label, Select, Static

from index_data.errors import SettingsError
from index_data.settings import CHOICES, Settings, overriding_variable
from search.output.printable import printable
from search.tui.context import Context
from search.tui.messages import PicturesRestyled, SettingChanged, WorkFailed
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of the screen.

    Attributes:
        name: Of the field that it sets.
        title: On the screen.
        explanation: What it does.
        choices: What its values are called, and these; none where any text can be written.
    """

    name: str
    title: str
    explanation: str
    choices: tuple[tuple[str, str | bool], ...] = ()


HERE = (
    Setting(
        "thumbnails",
        "Thumbnails",
        "how large they are at least; in the grid also + and -",
        (("small", "small"), ("medium", "medium"), ("large", "large")),
    ),
    Setting(
        "word_confidence",
        "Words",
        "ask the model how sure it is of each word; takes a moment for each photograph",
        (("do not ask", False), ("ask", True)),
    ),
)
"""Kept with the library, beside the theme."""

NAMES = {
    "auto": "automatic",
    "kitty": "Kitty",
    "sixel": "Sixel",
    "iterm2": "iTerm2",
    "sextants": "sextants, 2 by 3 dots",
    "quadrants": "quadrants, 2 by 2 dots",
    "blocks": "half blocks, 1 by 2 dots",
    "none": "none, text only",
    "jsonl": "JSON, an object a line",
    "json": "JSON",
    "paths0": "paths, each ended by a zero byte",
}
"""What values of the file of settings are called, where not as they are written there."""


def _choices(name: str) -> tuple[tuple[str, str | bool], ...]:
    return tuple((NAMES.get(value, value), value) for value in CHOICES[name])


EVERYWHERE = (
    Setting(
        "pictures",
        "Pictures",
        "how photographs are drawn; automatic takes the best that the terminal can do",
        _choices("pictures"),
    ),
    Setting("colours", "Colours", "in this browser from the next start on", _choices("colours")),
    Setting("format", "Format", "how commands print results, where they can", _choices("format")),
    Setting("library", "Library", "the folder that holds it, from the next start on"),
    Setting("exclude", "Leave out", "patterns as in .gitignore, in every folder: *.png drafts/"),
    Setting("keys", "Keys", "by the names that help shows: browse.like=l full.next=n,space"),
)
"""Kept in the file of settings."""


def as_text(value: object) -> str:
    """A setting as it is written in a line: parts with blanks in quotes, as in a shell."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return shlex.join(f"{name}={keys}" for name, keys in value.items())
    assert isinstance(value, tuple)
    return shlex.join(value)


def changes(name: str, text: str, settings: Settings) -> Iterator[tuple[str, Sequence[str]]]:
    """What must be written so that a setting is what a line says; the usual value is taken out of the file.

    Yields:
        Names as `write_setting` takes them, with their values.

    Raises:
        SettingsError: A quotation mark is not closed, or a key is not written as NAME=KEY.
    """
    try:
        parts = [text.strip()] if name not in ("exclude", "keys") else shlex.split(text)
    except ValueError as error:
        raise SettingsError(f"{name}: a quotation mark is never closed") from error
    if name != "keys":
        wanted = tuple(parts) if name == "exclude" else parts[0]
        if wanted != getattr(settings, name):
            yield name, () if wanted == getattr(Settings(), name) else parts
        return
    if wrong := next((part for part in parts if not all(part.partition("="))), None):
        raise SettingsError(f"keys are written as browse.like=l, and not as {wrong}")
    bound = dict(part.split("=", 1) for part in parts)
    for key in settings.keys.keys() | bound.keys():
        if settings.keys.get(key) != bound.get(key):
            yield f"keys.{key}", [bound[key]] if key in bound else ()


class SettingsScreen(Screen[None]):
    """A line for each setting."""

    HELP = """What can be set. A choice holds at once and is kept; a line that you write in holds once you press enter
or leave it. What holds for every command stands in a file, which you may also edit, or change by imgsearch config."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "app.focus_next", "Next", key_display="tab", id="settings.next", tooltip="The next setting"),
        Binding("k", "app.focus_previous", show=False, id="settings.previous", tooltip="The setting before"),
        Binding("escape", "app.back", "Back", id="settings.back", tooltip="Back to the photographs"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context

    def compose(self) -> ComposeResult:
        """Draws the settings as they are."""
        preferences = self.context.preferences
        yield TopBar("settings")
        with VerticalScroll(id="settings", can_focus=False):
            yield Label("This browser", classes="settings-head")
            themes = tuple((name, name) for name in sorted(self.app.available_themes))
            yield from self._line(Setting("theme", "Theme", "the colours; also in the palette", themes), self.app.theme)
            for setting in HERE:
                yield from self._line(setting, getattr(self.context.state, setting.name))
            yield Label("Every command", classes="settings-head")
            for setting in EVERYWHERE:
                yield from self._line(setting, getattr(preferences.settings, setting.name))
            path = printable(os.fsencode(preferences.file))
            yield Static(f"Kept in {path}", classes="muted", markup=False)
        yield KeyBar()

    def on_screen_resume(self) -> None:
        """Shows what was changed elsewhere."""
        self.query_one("#set-theme", Select).value = self.app.theme
        for setting in HERE:
            present = getattr(self.context.state, setting.name)
            if any(value == present for _, value in setting.choices):
                self.query_one(f"#set-{setting.name}", Select).value = present

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        state, name, value = self.context.state, str(event.select.id).removeprefix("set-"), event.value
        if name == "theme":
            self.app.theme = str(value)
        elif name in CHOICES:
            self._set(name, str(value))
        elif getattr(state, name) != value:
            setattr(state, name, value)
            self.context.remember()
            self.post_message(PicturesRestyled())

    @on(Input.Submitted)
    @on(Input.Blurred)
    def _written(self, event: Input.Submitted | Input.Blurred) -> None:
        self._set(str(event.input.id).removeprefix("set-"), event.value)

    def _set(self, name: str, text: str) -> None:
        try:
            wanted = list(changes(name, text, self.context.preferences.settings))
        except SettingsError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            if wanted:
                self._write(name, wanted)

    @work(thread=True, group="settings")
    def _write(self, name: str, wanted: Sequence[tuple[str, Sequence[str]]]) -> None:
        try:
            for key, values in wanted:
                self.context.preferences.change(key, values)
        except SettingsError as error:
            self.app.post_message(WorkFailed(str(error)))
        else:
            self.app.post_message(SettingChanged(name))

    def _line(self, setting: Setting, value: object) -> ComposeResult:
        name = f"set-{setting.name}"
        with Horizontal(classes="setting"):
            yield Label(setting.title, classes="setting-title")
            if setting.choices:
                known = [key for _, key in setting.choices]
                present = value if value in known else known[0]
                yield Select(setting.choices, value=present, allow_blank=False, id=name, compact=True)
            else:
                yield Input(as_text(value), id=name, compact=True)
            variable = overriding_variable(setting.name)
            yield Label(f"${variable} goes before it" if variable else setting.explanation, classes="muted")

    def on_key(self, event: events.Key) -> None:
        """Leaves a line as the arrows leave a choice."""
        if isinstance(self.focused, Input) and event.key in ("up", "down"):
            event.stop()
            self.focus_next() if event.key == "down" else self.focus_previous()
