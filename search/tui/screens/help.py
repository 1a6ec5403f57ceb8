"""What the part with the focus is for, every key, and how to ask."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from search.tui.dialog import Dialog
from search.tui.themes import MUTED

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
    ("type:video  length:>60", "moments of videos; also type:photo, at:1:23"),
    ("rating:>3  label:red", "as you rated it; also picked:yes, favourite:yes"),
    ("album:Holiday", "in an album or a saved search; album:none is in no album"),
    ("sort:date", "or score, path, random"),
)
"""Examples of queries with what they ask."""

KEYS, ASKED = 12, 28
"""Columns for keys, and for examples of queries."""

NAMES = 62
"""The column at which the names of what keys do begin."""

BINDING = "Other keys: the names at the right go into the settings (6), or: imgsearch config keys.browse.like l"


class HelpScreen(Dialog[None]):
    """What the part with the focus is for and its keys, then those of its screen and of the app, and how to ask."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", key_display="esc", id="help.close"),
        Binding("j", "scroll('scroll_down')", show=False, id="help.down"),
        Binding("k", "scroll('scroll_up')", show=False, id="help.up"),
    ]

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        """Draws a section for each place that has keys."""
        with VerticalScroll(id="help") as box:
            box.border_title = "Keys and queries"
            box.border_subtitle = "esc closes"
            if paragraph := self.paragraph:
                yield Static(Content(f"{paragraph}\n"))
            for title, lines in self._keys().items():
                if lines:
                    yield Static(Content.styled(title, "bold $primary"))
                    yield Static(Content("\n").join(lines) + Content("\n"))
            yield Static(Content.styled("How to ask", "bold $primary"))
            yield Static(Content("\n").join(_line(example, meaning, ASKED) for example, meaning in LANGUAGE))
            yield Static(Content.styled(f"\n{BINDING}", MUTED))

    def action_scroll(self, name: str) -> None:
        """Scrolls as the arrows do."""
        getattr(self.query_one("#help"), name)()

    @property
    def paragraph(self) -> str:
        """What the part with the focus is for, else its screen."""
        nodes = [self._below] if self._below.focused is None else self._below.focused.ancestors_with_self
        return next((" ".join(node.HELP.split()) for node in nodes if node.HELP), "")

    def _keys(self) -> dict[str, list[Content]]:
        """The keys that do something now, one line for each thing, by where they do it, the nearest first."""
        sections: dict[str, dict[str, tuple[list[str], str]]] = {"Here": {}, "On this screen": {}, "Everywhere": {}}
        for node, binding, enabled, tooltip in self._below.active_bindings.values():
            text = tooltip or binding.tooltip or binding.description
            # What has no id comes with Textual's widgets: tab, and what moves a cursor in a line.
            if enabled and text and binding.id and binding.id.count("."):
                title = "Everywhere" if node is self.app else "On this screen" if node is self._below else "Here"
                keys, _ = sections[title].setdefault(text, ([], binding.id))
                if (key := self.app.get_key_display(binding)) not in keys:
                    keys.append(key)
        return {
            title: [_line(" ".join(keys), text, KEYS, name) for text, (keys, name) in lines.items()]
            for title, lines in sections.items()
        }


def _line(left: str, right: str, width: int, name: str = "") -> Content:
    return Content.assemble((f"{left:<{width}}", "$accent"), f"{right:<{NAMES - width}}  ", (name, MUTED)).rstrip()
