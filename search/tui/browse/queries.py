"""Albums, saved searches and earlier queries, to choose from by typing a part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from index_data import catalogue
from index_data.albums import delete_album, save_search
from index_data.catalogue.annotation_records import ActionRecord
from index_data.catalogue.library_records import AlbumRecord
from index_data.errors import AlbumError, LibraryError, NoWordsError
from search.engine.query_text import with_filter
from search.output.printable import photographs
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.messages import LibraryWritten, WorkFailed
from search.tui.services.write_queue import WriteFinished, WriteRefused
from search.tui.themes import MUTED


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to choose.

    Attributes:
        query: What it asks.
        name: Of an album or a saved search; empty for an earlier query.
        album: What the library knows of it, if it does.
    """

    query: str
    name: str = ""
    album: AlbumRecord | None = None


class QueriesScreen(Dialog[str | None]):
    """Answers a query, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="queries.close"),
        Binding("down", "move('cursor_down')", "Down", show=False, id="queries.down"),
        Binding("up", "move('cursor_up')", "Up", show=False, id="queries.up"),
        Binding("enter", "choose", "Search", show=False, priority=True, id="queries.choose"),
        Binding("ctrl+d", "forget", "Forget", priority=True, id="queries.forget", tooltip="Forget or delete this one"),
    ]

    @dataclass
    class AlbumsRead(Message):
        """The albums and saved searches were read; `moved` are those that were kept in the state until now."""

        albums: list[AlbumRecord]
        moved: list[str]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._albums: list[AlbumRecord] = []
        self._entries: list[Entry] = []

    def compose(self) -> ComposeResult:
        """Draws the list, with a line to type a part in."""
        with Vertical(classes="window") as box:
            box.border_title = "Albums, saved searches and history"
            box.border_subtitle = "enter opens, ctrl+d deletes, esc closes"
            yield Input(placeholder="part of a query or of a name")
            yield OptionList()
            yield Static(
                "Nothing here yet. Put photographs into an album with p; save a search with ctrl+s.",
                id="empty",
                classes="about",
            )

    def on_mount(self) -> None:
        """Lists everything."""
        self._list("")
        self._read()

    def action_move(self, name: str) -> None:
        """Moves through the list while the line keeps what is typed."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    def action_choose(self) -> None:
        """Answers the query that is marked."""
        chosen = self._chosen()
        self.dismiss(chosen.query if chosen else None)

    def action_forget(self) -> None:
        """Forgets the query that is marked, or deletes the album or the saved search; the photographs stay."""
        chosen = self._chosen()
        if chosen is None:
            return
        state = self.context.state
        if chosen.album is not None:
            # At once, so that the same key means the next one.
            self._albums.remove(chosen.album)
            self.context.writes.submit(_told(chosen.album), partial(self._delete, chosen.name), reply_to=self)
        elif chosen.name:
            del state.saved[chosen.name]
        else:
            state.history.remove(chosen.query)
        self.context.remember()
        self._list(self.query_one(Input).value)

    def _delete(self, name: str) -> ActionRecord | None:
        return delete_album(self.context.library, name)[1]

    @on(WriteFinished)
    def _deletion_finished(self, message: WriteFinished) -> None:
        message.stop()
        self.notify(message.kind + ("; u takes it back" if message.action else ""), markup=False)
        self.app.post_message(LibraryWritten())

    @on(WriteRefused)
    def _deletion_refused(self, message: WriteRefused) -> None:
        message.stop()
        self.notify(message.sentence, severity="error", markup=False)
        self._read()

    @on(AlbumsRead)
    def _albums_read(self, message: AlbumsRead) -> None:
        self._albums = message.albums
        state = self.context.state
        if message.moved:
            state.saved = {name: query for name, query in state.saved.items() if name not in message.moved}
            self.context.remember()
        self._list(self.query_one(Input).value)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        self._list(message.value)

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    @work(thread=True, exclusive=True, group="albums")
    def _read(self) -> None:
        moved = []
        try:
            # Earlier versions kept them beside the library, where neither the command line nor a query saw them.
            for name, query in list(self.context.state.saved.items()):
                try:
                    save_search(self.context.library, name, query)
                    moved.append(name)
                except (AlbumError, NoWordsError):
                    continue  # a name that is taken, or that no query could say: it stays where it was
            albums = self.context.library.read(catalogue.albums)
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))
        else:
            self.post_message(self.AlbumsRead(albums, moved))

    def _chosen(self) -> Entry | None:
        index = self.query_one(OptionList).highlighted
        return None if index is None else self._entries[index]

    def _list(self, part: str) -> None:
        state = self.context.state
        entries = [
            Entry(album.query or with_filter("", "album", album.name), album.name, album)
            for album in sorted(self._albums, key=lambda album: album.query is not None)
        ]
        entries += [Entry(query, name) for name, query in sorted(state.saved.items())]
        entries += [Entry(query) for query in reversed(state.history)]
        self._entries = [entry for entry in entries if part.lower() in f"{entry.name} {entry.query}".lower()]
        options = self.query_one(OptionList)
        highlighted = options.highlighted or 0
        options.clear_options()
        options.add_options(Option(_draw_line(entry)) for entry in self._entries)
        options.highlighted = min(highlighted, len(self._entries) - 1) if self._entries else None
        options.display = bool(self._entries)
        self.query_one("#empty").display = not self._entries and not part


def _draw_line(entry: Entry) -> Content:
    if not entry.name:
        return Content.assemble(("  ", ""), entry.query)
    if entry.album is not None and entry.album.query is None:
        return Content.assemble(("▣ ", "$accent"), (entry.name, "bold"), (f"  {photographs(entry.album.count)}", MUTED))
    return Content.assemble(("★ ", "$accent"), (entry.name, "bold"), (f"  {entry.query}", MUTED))


def _told(album: AlbumRecord) -> str:
    """What is said of an album or a saved search that was deleted."""
    if album.query is not None:
        return f'Deleted the saved search "{album.name}", which asked for: {album.query}'
    return f'Deleted the album "{album.name}"; its photographs stay'
