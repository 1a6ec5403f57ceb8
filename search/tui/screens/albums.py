"""Albums of photographs, named with completion, put into and taken out of; and searches, saved under a name."""

from __future__ import annotations

from collections import Counter
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
from textual.widgets import Input, Label, Static

from index_data import catalogue
from index_data.albums import add_to_album, remove_from_album
from index_data.errors import LibraryError
from search.engine.completion import Completer
from search.engine.saved_searches import save
from search.errors import SearchError
from search.output.action_words import changed
from search.output.printable import photographs
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.messages import LibraryWritten, WorkFailed
from search.tui.services.write_queue import WriteFinished, WriteRefused
from search.tui.themes import MUTED
from search.tui.widgets.completion_input import CompletionInput


@dataclass(frozen=True, slots=True)
class AlbumChange:
    """What was done to an album, in a sentence."""

    name: str
    sentence: str


class AlbumScreen(Dialog[AlbumChange | None]):
    """Puts photographs into an album, or takes them out; answers with what was done, none if nothing was asked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", id="album.leave")]

    @dataclass
    class AlbumsRead(Message):
        """The albums of the photographs were read, each with how many of them it holds, and those of the library."""

        present: dict[str, int]
        known: list[str]

    def __init__(self, context: Context, images: Sequence[int], *, former: str = "") -> None:
        """Takes photographs, and the album that was named last."""
        super().__init__()
        self.context, self._images, self._former = context, list(images), former

    def compose(self) -> ComposeResult:
        """Draws the box."""
        with Vertical(classes="modal") as box:
            box.border_title = f"Album for {photographs(len(self._images))}"
            box.border_subtitle = "tab completes · enter puts it in · esc cancels"
            yield Static("", id="album-present")
            yield CompletionInput(
                Completer((), whole=True), value=self._former, placeholder="Holiday, or -Holiday", id="album-line"
            )
            yield Label("A new name makes an album; -name takes out of it.", classes="muted")

    def on_mount(self) -> None:
        """Reads the albums, and waits for a name, which replaces the former one."""
        line = self.query_one(CompletionInput).line
        line.focus()
        line.select_all()
        self._read()

    @on(AlbumsRead)
    def _show_albums(self, message: AlbumsRead) -> None:
        self.query_one(CompletionInput).completer = Completer(message.known, whole=True)
        total = len(self._images)
        parts: list[tuple[str, str]] = []
        for name, count in message.present.items():
            parts += [(f" {name} ", "$foreground on $panel")]
            parts += [(f" {count:,} of {total:,}", MUTED)] if count < total else []
            parts += [(" ", "")]
        self.query_one("#album-present", Static).update(
            Content.assemble(*parts) if parts else Content.styled("in no album yet", MUTED)
        )

    @on(CompletionInput.Cancelled)
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(CompletionInput.Submitted)
    def _submitted(self, message: CompletionInput.Submitted) -> None:
        text = message.text.strip()
        if not text:
            self.dismiss(None)
            return
        change = remove_from_album if text.startswith("-") else add_to_album
        write = partial(change, self.context.library, text.removeprefix("-").strip(), self._images)
        self.context.writes.submit(text, write, reply_to=self)

    @on(WriteFinished)
    def _write_finished(self, message: WriteFinished) -> None:
        message.stop()
        name, action = message.kind.removeprefix("-").strip(), message.action
        if action is None:
            sentence = "There is nothing to change: it is so already"
        elif message.kind.startswith("-"):
            sentence = f'Took {changed(action)} out of the album "{name}"'
        else:
            sentence = f'Put {changed(action)} into the album "{name}"'
        self.app.post_message(LibraryWritten())
        self.dismiss(AlbumChange(name, sentence))

    @on(WriteRefused)
    def _write_refused(self, message: WriteRefused) -> None:
        message.stop()
        self.notify(message.sentence, severity="error", markup=False)

    @work(thread=True, exclusive=True, group="albums")
    def _read(self) -> None:
        try:
            with self.context.library.transaction() as session:
                names = (name for of in catalogue.albums_of(session, self._images).values() for name in of)
                known = [album.name for album in catalogue.albums(session) if album.query is None]
            self.post_message(self.AlbumsRead(dict(sorted(Counter(names).items())), known))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))


class SaveScreen(Dialog[str | None]):
    """Saves a query under a name; answers with that, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", id="save.close")]

    @dataclass
    class QuerySaved(Message):
        """The query stands in the library, or a sentence says why it does not."""

        name: str
        refused: str = ""

    def __init__(self, context: Context, query: str) -> None:
        super().__init__()
        self.context, self._saving = context, query

    def compose(self) -> ComposeResult:
        """Draws the line."""
        with Vertical(classes="window small") as box:
            box.border_title = "Save this search under a name"
            box.border_subtitle = "enter saves, esc closes"
            yield Static(Content(self._saving), classes="about")
            yield Input(placeholder="Best beaches")

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        if name := message.value.strip():
            self._save(name)
        else:
            self.dismiss(None)

    @on(QuerySaved)
    def _query_saved(self, message: QuerySaved) -> None:
        if message.refused:
            self.notify(message.refused, severity="error", markup=False)
        else:
            self.app.post_message(LibraryWritten())
            self.dismiss(message.name)

    @work(thread=True, exclusive=True, group="save")
    def _save(self, name: str) -> None:
        try:
            self.post_message(self.QuerySaved(save(self.context.library, name, self._saving)))
        except (SearchError, LibraryError) as error:
            self.post_message(self.QuerySaved(name, str(error)))
