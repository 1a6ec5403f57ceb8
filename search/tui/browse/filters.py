"""A form for the filters of a query; what is filled in is put into the query as if it had been typed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label

from search.engine.query_text import filter_value, with_filter
from search.tui.dialog import Dialog

FIELDS = (
    ("path", "Path", "part of it, or a pattern: *2019*"),
    ("tag", "Tag", "holiday, or * for any"),
    ("caption", "Caption", "none, human, proposed, accepted, or a word"),
    ("after", "Taken after", "2019, 2019-05 or 2019-05-31"),
    ("before", "Taken before", "2020"),
    ("camera", "Camera", "part of its name"),
    ("format", "Format", "jpeg, png, heic"),
    ("width", "Width", ">2000, or 1000..2000"),
    ("height", "Height", ">2000, or 1000..2000"),
    ("rating", "Rating", ">3, or 0 for none"),
    ("label", "Colour", "red, yellow, green, blue, purple, any, none"),
    ("picked", "Picked", "yes, no or rejected"),
    ("favourite", "Favourite", "yes or no"),
    ("album", "Album", "its name, or none"),
    ("type", "Type", "photo or video"),
    ("length", "Length", ">60, or 1:30..5:00, of videos"),
    ("dup", "Copies", "yes or no: in several places"),
)
"""Name, label and hint of each filter that a form can set."""


class FiltersScreen(Dialog[str | None]):
    """Answers the query with its filters changed, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="filters.close"),
        Binding("down", "app.focus_next", show=False, id="filters.next"),
        Binding("up", "app.focus_previous", show=False, id="filters.previous"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Draws a line for each filter."""
        with VerticalScroll(classes="window") as box:
            box.border_title = "Filters"
            box.border_subtitle = "enter applies, esc closes"
            for name, label, hint in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield Input(filter_value(self._text, name), placeholder=hint, id=f"filter-{name}", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Apply", variant="primary", id="apply", compact=True)
                yield Button("Clear", id="clear", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#apply")
    def _apply(self) -> None:
        text = self._text
        for name, _, _ in FIELDS:
            value = self.query_one(f"#filter-{name}", Input).value.strip()
            # Another filter of the same name may stand in the query: what was not touched stays.
            if value != filter_value(self._text, name):
                text = with_filter(text, name, value)
        self.dismiss(text)

    @on(Button.Pressed, "#clear")
    def _clear(self) -> None:
        for line in self.query(Input):
            line.value = ""
