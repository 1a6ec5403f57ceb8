"""What an empty library shows: the three things there are to do, and a line for the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from index_data.errors import FolderError
from index_data.locations import at_home
from index_data.scan.walk import resolve_folders
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.screens.folders import FolderSuggester
from search.tui.themes import MUTED

STEPS = (
    ("Add a folder", "Each photograph is described and placed among the others. Your files are never changed."),
    ("Search", "Say what a photograph shows: a dog on a beach. Press / to search, ? for everything else."),
    ("Review", "The model proposes captions, you decide: 2 opens the queue, u takes anything back."),
)


class FirstRunScreen(Dialog[None]):
    """Welcomes a person to a library without photographs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Later", id="first.later", tooltip="Look around; folders are added under 3"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context

    def compose(self) -> ComposeResult:
        """Draws the three things."""
        with VerticalScroll(classes="modal", can_focus=False) as box:
            box.border_title = "Welcome to imgsearch"
            box.border_subtitle = "enter adds the folder · esc later"
            yield Static("Find your own photographs by what they show. Everything stays on this machine.")
            for number, (title, explanation) in enumerate(STEPS, start=1):
                head = ((f" {number} ", "bold $background on $primary"), (f" {title}\n", "bold"))
                yield Static(Content.assemble(*head, explanation), classes="step")
                if number == 1:
                    pictures = Path.home() / "Pictures"
                    yield Input(
                        str(pictures) if pictures.is_dir() else "",
                        placeholder="Folder of photographs, such as ~/Pictures; right completes",
                        suggester=FolderSuggester(),
                        id="first-folder",
                    )
                    yield Static("", id="first-error")
            yield Static(Content.styled(f"The library is in {self.context.library.address}", MUTED))

    def on_mount(self) -> None:
        """Waits for a path."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self._show_error("Name a folder, or leave with esc.", "$warning")
            return
        try:
            path = at_home(Path(event.value.strip()))
            resolve_folders([path])
        except FolderError as error:
            self._show_error(str(error), "$error")
            return
        self.context.scans.start([path])
        self.dismiss(None)

    def _show_error(self, sentence: str, style: str) -> None:
        line = self.query_one("#first-error", Static)
        line.add_class("visible")
        line.update(Content.styled(sentence, style))
