"""Tags of one photograph or of many: written with completion, shown before they are given to many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from index_data import catalogue
from index_data.annotation.normalize import tidy
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import LibraryError, NoWordsError
from search.engine.completion import Completer
from search.output.printable import printable
from search.tui.app_of import app_of
from search.tui.completion_input import CompletingInput
from search.tui.screens.preview import MOST_SHOWN, PreviewScreen
from search.tui.themes import MUTED
from search.tui.write_queue import Acted, Refused


def wished(text: str) -> tuple[list[str], list[str]]:
    """Reads tags parted by commas: those to give, and those with a minus before them to take off.

    Raises:
        NoWordsError: A tag holds nothing that can be seen.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    add = [tidy(part) for part in parts if not part.startswith("-")]
    return add, [tidy(part[1:]) for part in parts if part.startswith("-")]


class TagScreen(ModalScreen[ActionRecord | None]):
    """Gives tags to photographs and takes them off; answers with what was done, none if nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", id="tag.leave")]

    class TagsRead(Message):
        """The tags of the photographs and of the library were read."""

        def __init__(self, present: dict[str, int], known: list[str]) -> None:
            self.present, self.known = present, known
            super().__init__()

    class Previewed(Message):
        """What the wish would change was found out."""

        def __init__(self, wish: tuple[list[str], list[str]], count: int, lines: list[tuple[str, str]]) -> None:
            self.wish, self.count, self.lines = wish, count, lines
            super().__init__()

    def __init__(self, images: Sequence[int]) -> None:
        super().__init__()
        self._images = list(images)

    def compose(self) -> ComposeResult:
        """Draws the box."""
        count = len(self._images)
        with Vertical(classes="modal") as box:
            box.border_title = f"Tag {count:,} photographs" if count > 1 else "Tag"
            box.border_subtitle = "tab completes · enter gives · esc leaves"
            yield Static("", id="tag-present")
            yield CompletingInput(Completer((), whole=True), placeholder="sea, holiday, -unwanted", id="tag-line")
            yield Label("Commas part tags; a minus takes one off.", classes="muted")

    def on_mount(self) -> None:
        """Reads the tags, and waits for words."""
        self.query_one(CompletingInput).line.focus()
        self._read()

    @on(TagsRead)
    def _show_tags(self, message: TagsRead) -> None:
        self.query_one(CompletingInput).completer = Completer(message.known, whole=True)
        total = len(self._images)
        parts: list[tuple[str, str]] = []
        for tag, count in message.present.items():
            parts += [(f" {tag} ", "$foreground on $panel")]
            parts += [(f" {count:,} of {total:,}", MUTED)] if count < total else []
            parts += [(" ", "")]
        self.query_one("#tag-present", Static).update(
            Content.assemble(*parts) if parts else Content.styled("no tags yet", MUTED)
        )

    @on(CompletingInput.Left)
    def _left(self) -> None:
        self.dismiss(None)

    @on(CompletingInput.Written)
    def _written(self, message: CompletingInput.Written) -> None:
        try:
            add, remove = wished(message.text)
        except NoWordsError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        if not add and not remove:
            self.dismiss(None)
        elif len(self._images) > 1:
            self._preview((add, remove))
        else:
            self._give(add, remove)

    @on(Previewed)
    def _previewed(self, message: Previewed) -> None:
        if not message.count:
            self.notify("All of them are tagged so already.")
            return
        add, remove = message.wish
        signs = ", ".join([*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)])
        title = f"{signs}: {message.count:,} of {len(self._images):,} photographs change"

        def answered(wanted: bool | None) -> None:
            if wanted:
                self._give(add, remove)

        self.app.push_screen(PreviewScreen(title, message.lines, count=message.count), answered)

    @on(Acted)
    def _acted(self, message: Acted) -> None:
        if message.action is not None:
            app_of(self).library_changed()
        self.dismiss(message.action)

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self.notify(message.sentence, severity="error", markup=False)

    def _give(self, add: list[str], remove: list[str]) -> None:
        app = app_of(self)
        act = partial(app.annotations.tag, self._images, add=add, remove=remove)
        app.desk.ask("tag", act, answer=self)

    @work(thread=True, exclusive=True, group="tags")
    def _read(self) -> None:
        notes = app_of(self).annotations
        try:
            counts: dict[str, int] = {}
            for tags in notes.tags(self._images).values():
                for tag in tags:
                    counts[tag] = counts.get(tag, 0) + 1
            self.post_message(self.TagsRead(dict(sorted(counts.items())), notes.known_tags()))
        except LibraryError as error:
            self.post_message(Refused(str(error), harmless=False))

    @work(thread=True, exclusive=True, group="preview")
    def _preview(self, wish: tuple[list[str], list[str]]) -> None:
        app, (add, remove) = app_of(self), wish
        try:
            action = app.annotations.tag(self._images, add=add, remove=remove, dry_run=True)
            images = action.images if action else ()
            records = app.library.read(catalogue.images, images[:MOST_SHOWN])
        except LibraryError as error:
            self.post_message(Refused(str(error), harmless=False))
            return
        lines = [
            (printable(records[image].paths[0].rpartition(b"/")[2]), records[image].caption)
            for image in images[:MOST_SHOWN]
            if image in records
        ]
        self.post_message(self.Previewed(wish, len(images), lines))
