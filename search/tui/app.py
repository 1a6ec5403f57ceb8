"""The app: one open library, the engine that is asked about it, and the rooms between which a person goes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen

from captioning.runtime.devices import CPU, Device
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.changes import ChangeWatch
from index_data.errors import LibraryError
from index_data.library import Library
from search.engine.engine import Engine
from search.tui.browse.cell_view import CellView
from search.tui.garbage_collection import shorten_pauses
from search.tui.graphics.drawing import Pictures, chosen
from search.tui.graphics.painter import Painter
from search.tui.graphics.pictures import Picture
from search.tui.indexing import Indexing, Scan, ScanMoved
from search.tui.messages import ChangesRead, Failed, LibraryChanged, LibraryCounted
from search.tui.modes import ROOMS
from search.tui.screens.first_run import FirstRunScreen
from search.tui.state import State, read_state, write_state
from search.tui.themes import DARK, THEMES
from search.tui.type_ahead import TypeAhead
from search.tui.write_queue import Broke, Desk

LOOK_EVERY = 1.0
"""Seconds between two looks at whether somebody else changed the library."""


KEPT_COMMANDS = ("Theme", "Quit", "Screenshot")
"""Of the commands that Textual offers in its palette."""


class ImgsearchApp(App[None]):
    """Browses one library.

    Attributes:
        library: Open; whoever opened it closes it.
        engine: The only way to ask.
        annotations: The only way to correct.
        indexing: Brings folders into the library.
        scan: How far the latest scan is; none before the first.
        desk: Does corrections in the order in which they were asked for.
        state: What is remembered; whoever changes it calls `remember`.
        images: How many photographs the library shows; none before they were counted.
        progress: What goes on in the background, in a few words.
        changes: How often the library was seen to change; a screen that comes back compares.
    """

    TITLE = "imgsearch"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(room.key, f"room('{room.name}')", room.title, show=False, id=f"app.{room.name}") for room in ROOMS),
        Binding(
            "question_mark,f1", "help", "Help", key_display="?", id="app.help", tooltip="Every key, and how to ask"
        ),
        Binding("ctrl+p", "command_palette", "Palette", show=False, id="app.palette", tooltip="Find a command by name"),
        Binding("q", "quit", "Quit", show=False, id="app.quit", tooltip="Leave; everything is stored"),
    ]
    MODES: ClassVar = {room.name: room.make for room in ROOMS}

    shorten_pauses = False
    """Whether this process is the app's alone, so that Python may be set up for it."""

    images: reactive[int | None] = reactive(None)
    progress: reactive[str] = reactive("")
    scan: reactive[Scan | None] = reactive(None)

    def __init__(self, library: Library, model: Path | None = None, device: Device = CPU) -> None:
        """Takes an open library, a model file, the shipped one without a path, and where its network runs.

        Raises:
            ModelFileError: The model file is missing, damaged, or of another version.
        """
        super().__init__()
        device = device.sparing_a_core()
        self.library = library
        self.engine = Engine(library, model=model, device=device)
        self.annotations = Annotations(library)
        self.painter = Painter(library)
        self.desk = Desk(self)
        self.indexing = Indexing(self, library, self.engine.describer, batch=device.batch)
        self.changes = 0
        self._typed = TypeAhead(self, super().on_event)
        self._watch = ChangeWatch(library.paths)
        self.state, self._complaint = read_state(library.paths.tui_state)

    def on_mount(self) -> None:
        """Opens the room that was open last, or the first screen of all."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.state.theme if self.state.theme in self.available_themes else DARK
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        if self._complaint:
            self.notify(self._complaint, severity="warning", markup=False)
        self.switch_mode(self.state.room if self.state.room in self.MODES else ROOMS[0].name)
        self.set_interval(LOOK_EVERY, self._look)
        if self.shorten_pauses:
            shorten_pauses()
        self._count()

    def on_unmount(self) -> None:
        """Finishes what was asked, keeps the state, and lets go of the catalogue."""
        self.desk.close()
        self._write(self.state)
        self.painter.close()
        self._watch.close()

    @property
    def pictures(self) -> Pictures:
        """How pictures are drawn here."""
        return chosen(self.state.pictures, colour=not self.no_color)

    @property
    def colours(self) -> str:
        """How many colours the terminal has, by the name that rich gives them."""
        return self.console.color_system or "truecolor"

    def send(self, data: str) -> None:
        """Sends the terminal what is no text, in order with everything that is drawn."""
        if self._driver is not None and data:
            self._driver.write(data)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: the rooms, everything that a key does here, and what Textual brings along."""
        for room in ROOMS:
            yield SystemCommand(f"Go to {room.title}", f"key {room.key}", partial(self.action_room, room.name))
        for node, binding, enabled, _ in screen.active_bindings.values():
            if enabled and binding.tooltip and node is not self:
                act = partial(self.run_action, binding.action, default_namespace=node)
                key = self.get_key_display(binding)
                yield SystemCommand(binding.description or binding.tooltip, f"{binding.tooltip} ({key})", act)
        yield SystemCommand("Help", "every key, and how to ask (?)", self.action_help)
        yield from (one for one in super().get_system_commands(screen) if one.title in KEPT_COMMANDS)

    async def on_event(self, event: events.Event) -> None:
        """Takes what is typed in its order."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self._typed.take(event)
        else:
            await super().on_event(event)

    def action_room(self, name: str) -> None:
        """Goes to a room, and closes what lies over it."""
        self.switch_mode(name)
        self.state.room = name
        self.remember()

    async def action_back(self) -> None:
        """Closes the screen on top, else goes to the first room."""
        if len(self.screen_stack) > 1:
            await self.pop_screen()
        else:
            self.action_room(ROOMS[0].name)

    def action_help(self) -> None:
        """Shows every key of the screen that is open."""
        from search.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def remember(self) -> None:
        """Writes the state, which is small, off the interface's thread."""
        self.run_worker(partial(self._write, self.state), thread=True, group="state", exclusive=True)

    def settings_changed(self) -> None:
        """Draws the pictures of every open screen anew, in the way that is set now."""
        for stack in self._screen_stacks.values():
            for screen in stack:
                for picture in screen.query(Picture):
                    picture.redraw()
                for cells in screen.query(CellView):
                    cells.redraw()

    def library_changed(self) -> None:
        """Tells the open screen that the library is another, at once rather than at the next look."""
        if not self.screen_stack:
            return  # the app is closing: nobody is left to be told
        self.changes += 1
        self._count()
        self.screen.post_message(LibraryChanged())

    @on(ChangesRead)
    def _changes_read(self, message: ChangesRead) -> None:
        if message.changed:
            self.library_changed()

    @on(LibraryCounted)
    def _library_counted(self, message: LibraryCounted) -> None:
        first, self.images = self.images is None, message.images
        if first and not message.images and self.screen_stack:
            self.push_screen(FirstRunScreen())

    @on(ScanMoved)
    def _scan_moved(self, message: ScanMoved) -> None:
        self.scan, self.progress = message.scan, message.scan.brief
        if not message.scan.running:
            self.notify(message.scan.sentence, severity="error" if message.scan.error else "information", markup=False)

    @on(Broke)
    def _broke(self, message: Broke) -> None:
        raise message.error

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.notify(message.sentence, severity="error", markup=False)

    @work(thread=True, group="look", exclusive=True)
    def _look(self) -> None:
        self.post_message(ChangesRead(changed=self._watch.changed()))

    @work(thread=True, group="count", exclusive=True)
    def _count(self) -> None:
        try:
            self.post_message(LibraryCounted(self.library.read(catalogue.count_images)[0]))
        except LibraryError as error:
            self.post_message(Failed(str(error)))

    def _keep_theme(self, name: str) -> None:
        if name != self.state.theme:
            self.state.theme = name
            self.remember()

    def _write(self, state: State) -> None:
        try:
            write_state(self.library.paths.tui_state, state)
        except OSError as error:
            if self.is_running and not self._warned:
                self._warned = True
                self.post_message(Failed(f"history and settings cannot be kept: {error.strerror}"))

    _warned = False
