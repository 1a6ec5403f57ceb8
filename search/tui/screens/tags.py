"""Tags of one photograph or of many: written with completion, previewed before they are added to many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Label, Static

from index_data import catalogue
from index_data.annotation.normalize import tidy
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import LibraryError, NoWordsError
from search.engine.completion import Completer
from search.output.film_names import file_and_time
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.messages import LibraryWritten
from search.tui.screens.preview import MOST_SHOWN, PreviewScreen
from search.tui.services.write_queue import WriteFinished, WriteRefused
from search.tui.themes import MUTED
from search.tui.widgets.completion_input import CompletionInput


@dataclass(frozen=True, slots=True)
class TagChange:
    """Tags to add to photographs, and to remove from them."""

    add: list[str]
    remove: list[str]

    def __str__(self) -> str:
        """As a person wrote it."""
        return ", ".join([*(f"+{tag}" for tag in self.add), *(f"-{tag}" for tag in self.remove)])


def parse_tags(text: str) -> TagChange:
    """Reads tags separated by commas: those to add, and those with a minus before them to remove.

    Raises:
        NoWordsError: A tag holds nothing that can be seen.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    add = [tidy(part) for part in parts if not part.startswith("-")]
    return TagChange(add, [tidy(part[1:]) for part in parts if part.startswith("-")])


class TagScreen(Dialog[ActionRecord | None]):
    """Adds tags to photographs and removes them; answers with what was done, none if nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", id="tag.leave")]

    @dataclass
    class TagsRead(Message):
        """The tags of the photographs were read, each with how many have it, and those of the library."""

        present: dict[str, int]
        known: list[str]

    @dataclass
    class ChangePreviewed(Message):
        """What a change would do was found out: how many photographs change, and the first of these."""

        change: TagChange
        count: int
        lines: list[tuple[str, str]]

    def __init__(self, context: Context, images: Sequence[int]) -> None:
        super().__init__()
        self.context, self._images = context, list(images)

    def compose(self) -> ComposeResult:
        """Draws the box."""
        count = len(self._images)
        with Vertical(classes="modal") as box:
            box.border_title = f"Tag {count:,} photographs" if count > 1 else "Tag"
            box.border_subtitle = "tab completes · enter tags · esc cancels"
            yield Static("", id="tag-present")
            yield CompletionInput(Completer((), whole=True), placeholder="sea, holiday, -unwanted", id="tag-line")
            yield Label("Separate tags by commas; a minus removes one.", classes="muted")

    def on_mount(self) -> None:
        """Reads the tags, and waits for words."""
        self.query_one(CompletionInput).line.focus()
        self._read()

    @on(TagsRead)
    def _show_tags(self, message: TagsRead) -> None:
        self.query_one(CompletionInput).completer = Completer(message.known, whole=True)
        total = len(self._images)
        parts: list[tuple[str, str]] = []
        for tag, count in message.present.items():
            parts += [(f" {tag} ", "$foreground on $panel")]
            parts += [(f" {count:,} of {total:,}", MUTED)] if count < total else []
            parts += [(" ", "")]
        self.query_one("#tag-present", Static).update(
            Content.assemble(*parts) if parts else Content.styled("no tags yet", MUTED)
        )

    @on(CompletionInput.Cancelled)
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(CompletionInput.Submitted)
    def _submitted(self, message: CompletionInput.Submitted) -> None:
        try:
            change = parse_tags(message.text)
        except NoWordsError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        if not change.add and not change.remove:
            self.dismiss(None)
        elif len(self._images) > 1:
            self._preview(change)
        else:
            self._write(change)

    @on(ChangePreviewed)
    def _change_previewed(self, message: ChangePreviewed) -> None:
        if not message.count:
            self.notify("All of them are tagged so already.")
            return
        title = f"{message.change}: {message.count:,} of {len(self._images):,} photographs change"

        def confirm(confirmed: bool | None) -> None:
            if confirmed:
                self._write(message.change)

        self.app.push_screen(PreviewScreen(title, message.lines, count=message.count), confirm)

    @on(WriteFinished)
    def _write_finished(self, message: WriteFinished) -> None:
        message.stop()
        if message.action is not None:
            self.app.post_message(LibraryWritten())
        self.dismiss(message.action)

    @on(WriteRefused)
    def _write_refused(self, message: WriteRefused) -> None:
        message.stop()
        self.notify(message.sentence, severity="error", markup=False)

    def _write(self, change: TagChange) -> None:
        tag = partial(self.context.annotations.tag, self._images, add=change.add, remove=change.remove)
        self.context.writes.submit("tag", tag, reply_to=self)

    @work(thread=True, exclusive=True, group="tags")
    def _read(self) -> None:
        annotations = self.context.annotations
        try:
            counts: dict[str, int] = {}
            for tags in annotations.tags(self._images).values():
                for tag in tags:
                    counts[tag] = counts.get(tag, 0) + 1
            self.post_message(self.TagsRead(dict(sorted(counts.items())), annotations.known_tags()))
        except LibraryError as error:
            self.post_message(WriteRefused(str(error), harmless=False))

    @work(thread=True, exclusive=True, group="preview")
    def _preview(self, change: TagChange) -> None:
        try:
            action = self.context.annotations.tag(self._images, add=change.add, remove=change.remove, dry_run=True)
            images = action.images if action else ()
            records = self.context.library.read(catalogue.images, images[:MOST_SHOWN])
        except LibraryError as error:
            self.post_message(WriteRefused(str(error), harmless=False))
            return
        lines = [
            (file_and_time(records[image].paths[0], records[image].moment), records[image].caption)
            for image in images[:MOST_SHOWN]
            if image in records
        ]
        self.post_message(self.ChangePreviewed(change, len(images), lines))
