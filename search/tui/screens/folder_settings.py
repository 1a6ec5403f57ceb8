"""A form for what is left out in a folder."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Checkbox, Input, Label, Static

from index_data.catalogue.library_records import FolderRecord
from index_data.errors import LibraryError
from index_data.folders import set_folder
from index_data.library import Library
from search.output.printable import printable
from search.tui.dialog import Dialog


class FolderSettingsScreen(Dialog[FolderRecord | None]):
    """Changes the settings of a folder; answers what they are then, or nothing."""

    HELP = """What is left out in a folder. Patterns are those of .gitignore, parted by blanks; one with a blank in it
stands in quotes. They hold from the next scan on: what is left out is no longer shown then; its captions are kept."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="folder.close", tooltip="Leave everything as it was"),
        Binding("down", "app.focus_next", show=False, id="folder.next", tooltip="The next field"),
        Binding("up", "app.focus_previous", show=False, id="folder.previous", tooltip="The field before"),
    ]

    class Refused(Message):
        """The settings could not be stored."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Stored(Message):
        """The settings were stored."""

        def __init__(self, folder: FolderRecord) -> None:
            super().__init__()
            self.folder = folder

    def __init__(self, library: Library, folder: FolderRecord) -> None:
        super().__init__()
        self._library, self._folder = library, folder

    def compose(self) -> ComposeResult:
        """Draws a line for each setting."""
        folder = self._folder
        with VerticalScroll(classes="window") as box:
            box.border_title = "Settings of a folder"
            box.border_subtitle = "enter stores, esc closes"
            yield Static(Content(printable(folder.path)), classes="about")
            with Horizontal(classes="field"):
                yield Label("Leave out")
                patterns = shlex.join(folder.exclude)
                yield Input(patterns, placeholder="*.png drafts/ 'old ones/'", id="folder-exclude", compact=True)
            with Horizontal(classes="field"):
                yield Label("Pixels at most")
                limit = f"{folder.max_pixels}" if folder.max_pixels else ""
                yield Input(limit, placeholder="300000000", id="folder-pixels", type="integer", compact=True)
            yield Checkbox("Take hidden files and folders", folder.hidden, id="folder-hidden", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Store", variant="primary", id="store", compact=True)

    def on_mount(self) -> None:
        """Begins with the patterns."""
        self.query_one("#folder-exclude").focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#store")
    def _store(self) -> None:
        pixels = self.query_one("#folder-pixels", Input).value.strip()
        try:
            exclude = tuple(shlex.split(self.query_one("#folder-exclude", Input).value))
        except ValueError:
            self.notify("A quotation mark is never closed.", severity="error")
            return
        if pixels and not pixels.isdecimal():
            self.notify("The number of pixels is a whole number; without one, the usual limit holds.", severity="error")
            return
        self._write(exclude, self.query_one("#folder-hidden", Checkbox).value, int(pixels or 0))

    @work(thread=True, exclusive=True)
    def _write(self, exclude: tuple[str, ...], hidden: bool, max_pixels: int) -> None:
        path = Path(os.fsdecode(self._folder.path))
        try:
            stored = set_folder(self._library, path, exclude=exclude, hidden=hidden, max_pixels=max_pixels)
        except LibraryError as error:
            self.post_message(self.Refused(str(error)))
        else:
            self.post_message(self.Stored(stored))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self.notify(message.sentence, severity="error", markup=False)

    @on(Stored)
    def _stored(self, message: Stored) -> None:
        self.dismiss(message.folder)
