"""The folders of the library: which there are, adding one, and how far its scan is while everything else goes on."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Footer, Input, OptionList, ProgressBar, Static
from textual.widgets.option_list import Option

from index_data import catalogue
from index_data.errors import FolderError, LibraryError
from index_data.scan.walk import resolve_folders
from search.output.printable import printable
from search.tui.app_of import app_of
from search.tui.indexing import Scan
from search.tui.messages import Failed, LibraryChanged
from search.tui.themes import MUTED
from search.tui.top_bar import TopBar


class FolderSuggester(Suggester):
    """Completes the path of a folder; nothing is kept, since folders come and go."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first folder that begins so."""
        return await asyncio.to_thread(complete_folder, value)


def complete_folder(value: str) -> str | None:
    """The first folder, by name, whose path begins as a text does; none if there is none."""
    head, slash, beginning = value.rpartition("/")
    if not slash:
        return None
    try:
        inside = sorted(entry.name for entry in os.scandir(Path(head + slash).expanduser()) if entry.is_dir())
    except OSError:
        return None
    fitting = (name for name in inside if name.startswith(beginning) and (beginning or not name.startswith(".")))
    name = next(fitting, None)
    return None if name is None else f"{head}{slash}{name}"


def counted(places: Iterable[bytes], chosen: Sequence[str]) -> list[tuple[bytes, int]]:
    """The chosen folders, and one in which all other photographs lie, each with how many it holds."""
    roots = sorted((os.fsencode(one) for one in chosen), key=len, reverse=True)
    counts = Counter({root: 0 for root in roots})
    others: list[bytes] = []
    for path in places:
        root = next((one for one in roots if path.startswith(one.rstrip(b"/") + b"/")), None)
        if root is None:
            others.append(path.rpartition(b"/")[0] or b"/")
        else:
            counts[root] += 1
    if others:
        counts[os.path.commonpath(others)] += len(others)
    return sorted(counts.items())


class FolderTree(DirectoryTree):
    """Folders alone, without hidden ones."""

    ICON_NODE, ICON_NODE_EXPANDED = "▸ ", "▾ "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leaves out what cannot be chosen."""
        return [path for path in paths if path.is_dir() and not path.name.startswith(".")]


class FoldersScreen(Screen[None]):
    """A line for a path, the folders there are, a tree to choose from, and the scan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add a folder", id="folders.add", tooltip="Write the path of a folder, or choose it below"),
        Binding("r", "again", "Look again", id="folders.again", tooltip="Take up what changed in the marked folder"),
        Binding("x", "stop", "Stop", id="folders.stop", tooltip="End the scan; what is stored stays"),
        Binding("j", "move('cursor_down')", show=False, id="folders.down"),
        Binding("k", "move('cursor_up')", show=False, id="folders.up"),
        Binding("escape", "leave", show=False, id="folders.leave"),
    ]

    class FoldersRead(Message):
        """The folders were counted."""

        def __init__(self, folders: list[tuple[bytes, int]]) -> None:
            self.folders = folders
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._folders: list[tuple[bytes, int]] = []
        self._seen = -1

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield TopBar("folders")
        yield Input(
            placeholder="Folder of photographs to add, such as ~/Pictures", suggester=FolderSuggester(), id="folder"
        )
        with Horizontal(id="folders-body"):
            folders = OptionList(id="folders-known")
            folders.border_title = "In the library"
            yield folders
            tree = FolderTree(Path.home(), id="folders-tree")
            tree.border_title = "On this machine"
            yield tree
        with Vertical(id="folders-scan", classes="card") as box:
            box.border_title = "Scan"
            yield ProgressBar(id="scan-bar", show_eta=False)
            yield Static("", id="scan-words")
        yield Footer()

    def on_mount(self) -> None:
        """Follows the scan, which may have begun elsewhere."""
        self.watch(app_of(self), "scan", self._scanned)
        self.query_one("#folders-known").focus()

    def on_screen_resume(self) -> None:
        """Counts again if the library changed."""
        if self._seen != app_of(self).changes:
            self._read()

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._read()

    def action_add(self) -> None:
        """Waits for a path."""
        self.query_one("#folder", Input).focus()

    async def action_leave(self) -> None:
        """Leaves the path, else the room."""
        if self.query_one("#folder", Input).has_focus:
            self.query_one("#folders-known").focus()
        else:
            await app_of(self).action_back()

    def action_again(self) -> None:
        """Scans the marked folder."""
        at = self.query_one("#folders-known", OptionList).highlighted
        if at is not None and at < len(self._folders):
            self._scan(os.fsdecode(self._folders[at][0]))

    def action_stop(self) -> None:
        """Ends the scan after the batch in flight."""
        indexing = app_of(self).indexing
        if indexing.running:
            indexing.stop()
            self.notify("The scan ends with the batch in flight.")
        else:
            self.notify("No scan goes on.")

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        if isinstance(self.focused, (OptionList, DirectoryTree)):
            getattr(self.focused, f"action_{name}")()

    @on(Input.Submitted, "#folder")
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._scan(event.value.strip())

    @on(OptionList.OptionSelected, "#folders-known")
    def _chosen(self) -> None:
        self.action_again()

    @on(DirectoryTree.DirectorySelected)
    def _selected(self, event: DirectoryTree.DirectorySelected) -> None:
        line = self.query_one("#folder", Input)
        line.value = f"{event.path}"
        line.cursor_position = len(line.value)

    @on(FoldersRead)
    def _show(self, message: FoldersRead) -> None:
        self._folders = message.folders
        known = self.query_one("#folders-known", OptionList)
        at = known.highlighted
        known.set_options(
            Option(Content.assemble((f"{count:>8,}  ", "$accent"), printable(folder)))
            for folder, count in self._folders
        )
        known.highlighted = min(at or 0, len(self._folders) - 1) if self._folders else None

    def _scan(self, folder: str) -> None:
        """Begins a scan, unless the folder is none or another scan goes on."""
        app = app_of(self)
        path = Path(folder).expanduser()
        try:
            (root,) = resolve_folders([path])
        except FolderError as error:
            self.notify(str(error), title="This cannot be added", severity="error", markup=False)
            return
        if not app.indexing.start([path]):
            self.notify("A scan is going on; x ends it.", severity="warning")
            return
        kept = os.fsdecode(root)
        app.state.folders = [*(one for one in app.state.folders if one != kept), kept]
        app.remember()
        self.query_one("#folder", Input).value = ""
        self.query_one("#folders-known").focus()

    def _scanned(self, scan: Scan | None) -> None:
        """Draws how far the scan is."""
        words, bar = self.query_one("#scan-words", Static), self.query_one(ProgressBar)
        bar.display = scan is not None and scan.running
        if scan is None:
            words.update(
                Content.styled("None since the start. New photographs are found when a folder is looked at.", MUTED)
            )
            return
        bar.update(total=scan.total, progress=scan.done)
        words.update(Content(scan.sentence))
        words.set_class(bool(scan.error), "failed")

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        app = app_of(self)
        self._seen = app.changes
        try:
            with app.library.transaction() as session:
                places = catalogue.all_places(session)
        except LibraryError as error:
            app.post_message(Failed(str(error)))
        else:
            self.post_message(self.FoldersRead(counted(places, app.state.folders)))
