"""The folders of the library: which there are, adding one, and how far its scan is while everything else goes on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
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
from textual.widgets import DirectoryTree, Input, OptionList, ProgressBar, Static
from textual.widgets.option_list import Option

from index_data.catalogue.library_records import FolderRecord
from index_data.errors import FolderError, LibraryError
from index_data.folders import FolderCounts, folder_counts
from index_data.locations import at_home
from index_data.scan.walk import resolve_folders
from search.output.folder_words import folder_words
from search.output.printable import printable
from search.tui.context import Context
from search.tui.messages import LibraryChanged, WorkFailed
from search.tui.screens.folder_settings import FolderSettingsScreen
from search.tui.services.activity import Activity, watch_activity
from search.tui.themes import MUTED
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar


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
        inside = sorted(entry.name for entry in os.scandir(at_home(Path(head + slash))) if entry.is_dir())
    except (OSError, ValueError, FolderError):
        return None
    fitting = (name for name in inside if name.startswith(beginning) and (beginning or not name.startswith(".")))
    name = next(fitting, None)
    return None if name is None else f"{head}{slash}{name}"


class FolderLine(Input):
    """Where a path is written."""

    HELP = """The path of a folder to add, which is scanned at once; an arrow to the right takes the ending that is
offered. Its subfolders come along."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Add", id="folder_line.add", tooltip="Add the folder, and scan it"),
        Binding("down", "app.focus_next", show=False, id="folder_line.next", tooltip="To the folders of the library"),
    ]


class KnownFolders(OptionList):
    """The folders of the library."""

    HELP = """The folders of the library, each with the photographs that lie in it and what is left out there. They are
brought up to date when they are scanned again; imgsearch index, without folders, does so with all of them."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Scan", id="known_folders.scan", tooltip="Scan the folder at the cursor again"),
    ]


class FolderTree(DirectoryTree):
    """Folders alone, without hidden ones."""

    HELP = """The folders of this machine. The one that you choose goes into the line above, where enter adds it."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Choose", id="folder_tree.choose", tooltip="Put it into the line above"),
        Binding("space", "toggle_node", "Open", id="folder_tree.open", tooltip="Show what lies in it, or no longer"),
    ]
    ICON_NODE, ICON_NODE_EXPANDED = "▸ ", "▾ "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leaves out what cannot be chosen."""
        return [path for path in paths if path.is_dir() and not path.name.startswith(".")]


def _line(folder: FolderRecord, count: int) -> Content:
    """A folder with its photographs; under it what is left out there."""
    words = folder_words(folder)
    below = (f"\n{'':>10}{printable(os.fsencode(words))}", MUTED) if words else ""
    return Content.assemble((f"{count:>8,}  ", "$accent"), printable(folder.path), below)


class FoldersScreen(Screen[None]):
    """A line for a path, the folders there are, a tree to choose from, and the scan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add a folder", id="folders.add", tooltip="Type the path of a folder, or choose it below"),
        Binding("s", "settings", "Settings", id="folders.settings", tooltip="What is left out in the marked folder"),
        Binding("r", "again", "Scan again", id="folders.again", tooltip="Scan the marked folder again"),
        Binding("x", "stop", "Stop", id="folders.stop", tooltip="Stop the scan; what is stored stays"),
        Binding("j", "move('cursor_down')", show=False, id="folders.down", tooltip="Next line"),
        Binding("k", "move('cursor_up')", show=False, id="folders.up", tooltip="Line before"),
        Binding("escape", "leave", show=False, id="folders.leave", tooltip="Leave the line, else the screen"),
    ]

    @dataclass
    class FoldersRead(Message):
        """The folders were counted."""

        counts: FolderCounts

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._folders: list[FolderRecord] = []
        self._seen_changes = -1

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield TopBar("folders")
        yield FolderLine(
            placeholder="Folder of photographs to add, such as ~/Pictures", suggester=FolderSuggester(), id="folder"
        )
        with Horizontal(id="folders-body"):
            folders = KnownFolders(id="folders-known")
            folders.border_title = "In the library"
            yield folders
            tree = FolderTree(Path.home(), id="folders-tree")
            tree.border_title = "On this machine"
            yield tree
        with Vertical(id="folders-scan", classes="card") as box:
            box.border_title = "Scan"
            yield ProgressBar(id="scan-bar", show_eta=False)
            yield Static("", id="scan-status")
        yield KeyBar()

    def on_mount(self) -> None:
        """Follows the scan, which may have begun elsewhere."""
        watch_activity(self, self._draw_scan)
        self.query_one("#folders-known").focus()

    def on_screen_resume(self) -> None:
        """Counts again if the library changed."""
        if self._seen_changes != self.context.activity().changes:
            self._read()

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._read()

    def action_add(self) -> None:
        """Waits for a path."""
        self.query_one("#folder", Input).focus()

    async def action_leave(self) -> None:
        """Leaves the path, else the screen."""
        if self.query_one("#folder", Input).has_focus:
            self.query_one("#folders-known").focus()
        else:
            await self.run_action("app.back")

    def action_again(self) -> None:
        """Scans the marked folder."""
        if (folder := self._marked) is not None:
            self._scan(os.fsdecode(folder.path))

    @property
    def _marked(self) -> FolderRecord | None:
        index = self.query_one("#folders-known", OptionList).highlighted
        return self._folders[index] if index is not None and index < len(self._folders) else None

    def action_settings(self) -> None:
        """Changes what is left out in the marked folder."""
        if (folder := self._marked) is None:
            self.notify("There is no folder to set; a adds the first.")
        else:
            self.app.push_screen(FolderSettingsScreen(self.context.library, folder), self._set)

    def _set(self, folder: FolderRecord | None) -> None:
        if folder is not None:
            self._read()
            self.notify("Stored. It holds from the next scan on; r scans now.")

    def action_stop(self) -> None:
        """Stops the scan after the current batch."""
        scans = self.context.scans
        if scans.running:
            scans.stop()
            self.notify("The scan stops after the current batch.")
        else:
            self.notify("No scan is running.")

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
        counts = message.counts
        self._folders = [folder for folder, _ in counts.folders]
        options = self.query_one("#folders-known", OptionList)
        highlighted = options.highlighted
        options.set_options(Option(_line(folder, count)) for folder, count in counts.folders)
        if counts.elsewhere:
            options.add_option(Option(Content(f"{counts.elsewhere:>8,}  in none of these folders"), disabled=True))
        options.highlighted = min(highlighted or 0, len(self._folders) - 1) if self._folders else None

    def _scan(self, folder: str) -> None:
        """Begins a scan, unless there is no such folder or another scan is running."""
        try:
            path = at_home(Path(folder))
            resolve_folders([path])
        except FolderError as error:
            self.notify(str(error), title="This cannot be added", severity="error", markup=False)
            return
        if not self.context.scans.start([path]):
            self.notify("A scan is running; x stops it.", severity="warning")
            return
        self.query_one("#folder", Input).value = ""
        self.query_one("#folders-known").focus()

    def _draw_scan(self, activity: Activity) -> None:
        scan, text, bar = activity.scan, self.query_one("#scan-status", Static), self.query_one(ProgressBar)
        bar.display = scan is not None and scan.running
        if scan is None:
            text.update(Content.styled("None since the start. A scan of a folder finds its new photographs.", MUTED))
            return
        bar.update(total=scan.total, progress=scan.done)
        text.update(Content(scan.sentence))
        text.set_class(bool(scan.error), "failed")

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        self._seen_changes = self.context.activity().changes
        try:
            counts = folder_counts(self.context.library)
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))
        else:
            self.post_message(self.FoldersRead(counts))
