"""Every key of a screen, and how to ask."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

LANGUAGE = (
    ("a dog on a beach", "what the photograph shows, in your words"),
    ('"red boat"', "these words next to each other, in a caption, tag or path"),
    ("-people", "not with people"),
    ("beach:2 dog", "beach counts twice"),
    ("like:#12  like:~/a.jpg", "looks like a photograph of the library, or a file"),
    ("path:2019  name:img_*", "part of the path, a pattern for the file's name"),
    ("tag:holiday  -tag:*", "tagged so; without any tag"),
    ("caption:human", "also none, proposed, accepted, or a word"),
    ("after:2019-05  before:2020", "taken then; on:2019-05-31 is a day"),
    ("camera:canon  format:jpeg", "by what took it and how it is stored"),
    ("width:>2000  height:..", "by pixels, as in height:600..1200"),
    ("dup:yes", "the same file in several places"),
    ("rating:>3  label:red", "as you rated it; also picked:yes, favourite:yes"),
    ("sort:date", "or score, path, random"),
)
"""Examples of queries with what they ask."""


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below, then the language of queries."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", key_display="esc", id="help.close"),
        Binding("j", "scroll('scroll_down')", show=False, id="help.down"),
        Binding("k", "scroll('scroll_up')", show=False, id="help.up"),
    ]

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        """Draws the two tables."""
        with VerticalScroll(id="help") as box:
            box.border_title = "Keys and queries"
            box.border_subtitle = "esc closes"
            yield Static(Content.styled("Keys", "bold $primary"))
            for keys, meaning in self._keys():
                yield _draw_line(keys, meaning)
            yield Static(Content.styled("\nHow to ask", "bold $primary"))
            for example, meaning in LANGUAGE:
                yield _draw_line(example, meaning)

    def action_scroll(self, name: str) -> None:
        """Scrolls as the arrows do."""
        getattr(self.query_one("#help"), name)()

    def _keys(self) -> list[tuple[str, str]]:
        """The keys that do something on the screen below, one line for each thing; those of the app come last."""
        lines: dict[str, list[str]] = {}
        active = sorted(self._below.active_bindings.values(), key=lambda binding: binding.node is self.app)
        for _, binding, enabled, tooltip in active:
            text = tooltip or binding.tooltip or binding.description
            # What has no id comes with Textual's widgets: tab, and what moves a cursor in a line.
            if enabled and text and binding.id and binding.id.count("."):
                keys = lines.setdefault(text, [])
                if (key := self.app.get_key_display(binding)) not in keys:
                    keys.append(key)
        return [(" ".join(keys), text) for text, keys in lines.items()]


def _draw_line(left: str, right: str) -> Static:
    return Static(Content.assemble((f"{left:<28}", "$accent"), right))
