"""The app: one open library, the engine that searches it, and the modes between which a person goes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import events, on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.reactive import reactive
from textual.screen import Screen

from captioning.runtime.devices import CPU, Device
from captioning.runtime.tuning import shorten_pauses
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.errors import LibraryError
from index_data.library import Library
from index_data.locations import config_file
from index_data.settings import Settings
from search.engine.engine import Engine
from search.output.action_words import done
from search.output.terminal_pictures import DrawingMethod
from search.tui.browse.grid import Grid
from search.tui.context import Context
from search.tui.graphics.door import cleaned
from search.tui.graphics.drawing import Terminal, choose_method
from search.tui.graphics.painter import Painter
from search.tui.graphics.photo_view import PhotoView
from search.tui.messages import (
    ChangeMade,
    LibraryChanged,
    LibraryChecked,
    LibraryCounted,
    LibraryWritten,
    PicturesRestyled,
    SettingChanged,
    WorkFailed,
)
from search.tui.modes import HOMES, MODES
from search.tui.screens.first_run import FirstRunScreen
from search.tui.services.activity import Activity
from search.tui.services.key_map import check_keys, key_commands
from search.tui.services.preferences import Preferences
from search.tui.services.scan_runner import ScanRunner, ScanUpdated
from search.tui.services.state import StateFile, read_state
from search.tui.services.tag_learner import TagLearner, TagsLearnt
from search.tui.services.type_ahead import TypeAhead
from search.tui.services.write_queue import ThreadFailed, WriteFinished, WriteQueue, WriteRefused
from search.tui.themes import DARK, THEMES

CHECK_EVERY = 1.0
"""Seconds between two looks at whether somebody else changed the library."""

PATIENCE_AT_THE_END = 5.0
"""Seconds in which what was typed before a signal to end must be done."""

PATIENCE_WITH_A_SCAN = 0.3
"""Seconds that a scan has to end its batch when the app ends; after that, the batch is lost."""

NOT_OFFERED = {"app.palette", "app.quit", *(f"app.{mode.name}" for mode in MODES)}
"""Keys that the palette leaves out, since it has them otherwise."""

TEXTUAL_COMMANDS = ("Theme", "Quit", "Screenshot")
"""Of the commands that Textual offers in its palette, those that stay there."""


class ImgsearchApp(App[None]):
    """Browses one library.

    Attributes:
        context: What every screen is given.
        activity: What goes on in the library.
        type_ahead: Keeps keys in their order.
    """

    TITLE = "imgsearch"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(mode.key, f"open_mode('{mode.name}')", mode.title, show=False, id=f"app.{mode.name}")
            for mode in MODES
        ),
        Binding(
            "question_mark,f1", "help", "Help", key_display="?", id="app.help", tooltip="Every key, and how to ask"
        ),
        Binding("ctrl+p", "command_palette", "Palette", show=False, id="app.palette", tooltip="Find a command by name"),
        Binding("u", "undo", "Undo", show=False, id="app.undo", tooltip="Take the latest action back, whoever did it"),
        Binding("U", "redo", "Redo", show=False, id="app.redo", tooltip="Do again what was undone"),
        Binding("q", "quit", "Quit", show=False, id="app.quit", tooltip="Leave; everything is stored"),
    ]

    shorten_pauses = False
    """Whether this process is the app's alone, so that Python may be set up for it."""

    typed: list[str]
    """What was typed before the app could read keys."""

    activity: reactive[Activity] = reactive(Activity(), repaint=False)

    def __init__(
        self, library: Library, model: Path | None = None, device: Device = CPU, settings: Settings | None = None
    ) -> None:
        """Takes an open library, a model file, the shipped one without a path, where its network runs, and settings.

        Raises:
            ModelFileError: The model file is missing, damaged, or of another version.
        """
        super().__init__()
        device = device.sparing_a_core()
        preferences = Preferences(settings or Settings(), config_file())
        engine = Engine(library, model=model, device=device)
        state, self._complaint = read_state(library.paths.tui_state)
        terminal = Terminal(
            method=lambda: self.drawing_method,
            colours=lambda: self.console.color_system or "truecolor",
            send=self._send,
        )
        self._tag_learner = TagLearner(self, library)
        self.context = Context(
            library=library,
            engine=engine,
            annotations=Annotations(library),
            painter=Painter(library, terminal),
            writes=WriteQueue(self, heed=self._tag_learner.heed),
            scans=ScanRunner(
                self,
                library,
                engine.describer,
                batch=device.batch,
                always_exclude=lambda: preferences.settings.exclude,
            ),
            preferences=preferences,
            state=state,
            remember=self._remember,
            activity=lambda: self.activity,
        )
        self.typed = []
        self.type_ahead = TypeAhead(self, super().on_event, ready=self._has_opened)
        self._watch = library.database.change_watch()
        self._check_failed = False
        self._state_file = StateFile(
            library.paths.tui_state, complain=lambda why: self.is_running and self.post_message(WorkFailed(why))
        )
        self._leaving: asyncio.Task[None] | None = None
        for mode in MODES:
            self.add_mode(mode.name, partial(_make_screen, mode.name, self.context))

    def on_mount(self) -> None:
        """Opens the mode that was open last, or the first screen of all."""
        state = self.context.state
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = state.theme if state.theme in self.available_themes else DARK
        self.theme_changed_signal.subscribe(self, lambda theme: self._remember_theme(theme.name))
        if keys := self.context.preferences.settings.keys:
            self._bind(keys)
        if self._complaint:
            self.notify(self._complaint, severity="warning", markup=False)
        self.switch_mode(state.mode if state.mode in HOMES else HOMES[0])
        self.set_interval(CHECK_EVERY, self._check)
        self._heed_signals()
        if self.shorten_pauses:
            shorten_pauses()
        self._count()

    def _bind(self, keys: Mapping[str, str]) -> None:
        """Gives what keys do the keys that a person set, and says which cannot be."""
        from search.tui.rooms import bound_parts

        fitting, mistakes = check_keys(keys, bound_parts())
        self.set_keymap(fitting)
        for sentence in mistakes:
            self.notify(sentence, severity="warning", markup=False)

    def _has_opened(self) -> bool:
        """Whether a screen is there that takes keys, or none will be any more."""
        return not self.is_running or (self.current_mode in self._modes and self.screen.is_mounted)

    def on_unmount(self) -> None:
        """Finishes what was asked, keeps the state, and lets go of the catalogue."""
        self.context.scans.stop()
        self.context.writes.close()
        self._tag_learner.close()
        self._state_file.write(self.context.state)
        self.context.painter.close()
        self._watch.close()
        self.context.scans.wait(PATIENCE_WITH_A_SCAN)

    @property
    def unfinished(self) -> str:
        """What was still going on when the app ended; empty if nothing was."""
        scan = self.activity.scan
        return replace(scan, stopped=True).sentence if scan is not None and scan.running else ""

    def _heed_signals(self) -> None:
        """Has the signals that end a program end this one as the key does: with everything stored."""
        if not self.shorten_pauses or os.name == "nt":
            return  # the process is not the app's alone, or knows no such signals
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            # Each only begins to leave, however often it comes.
            loop.add_signal_handler(number, self._leave)

    def _leave(self) -> None:
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave_when_typed())

    async def _leave_when_typed(self) -> None:
        """Leaves as soon as every key that was pressed before has done its work."""
        end = time.monotonic() + PATIENCE_AT_THE_END
        while not self.type_ahead.idle and time.monotonic() < end:
            await asyncio.sleep(0.01)
        self.exit()

    def get_driver_class(self) -> type[Driver]:
        """The driver of this platform; that of a terminal outlives its terminal."""
        driver = super().get_driver_class()
        if driver.__name__ != "LinuxDriver":
            return driver
        from search.tui.terminal_driver import TerminalDriver

        return TerminalDriver

    @property
    def drawing_method(self) -> DrawingMethod:
        """How pictures are drawn here."""
        return choose_method(self.context.preferences.settings.pictures, colour=not self.no_color)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: the modes, everything that a key does here, and what Textual brings along."""
        for mode in MODES:
            yield SystemCommand(f"Go to {mode.title}", f"key {mode.key}", partial(self.action_open_mode, mode.name))
        yield from key_commands(self, screen, left_out=NOT_OFFERED)
        yield from (command for command in super().get_system_commands(screen) if command.title in TEXTUAL_COMMANDS)

    async def on_event(self, event: events.Event) -> None:
        """Takes what is typed in its order."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.type_ahead.take(event)
        else:
            await super().on_event(event)

    def action_open_mode(self, name: str) -> None:
        """Goes to a mode, and closes what lies over it."""
        self.switch_mode(name)
        if name in HOMES:
            self.context.state.mode = name
            self._remember()

    async def action_back(self) -> None:
        """Closes the screen on top, else goes to the first mode."""
        if len(self.screen_stack) > 1:
            await self.pop_screen()
        else:
            self.action_open_mode(MODES[0].name)

    def action_help(self) -> None:
        """Shows every key of the screen that is open."""
        from search.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_undo(self) -> None:
        """Takes the latest action back."""
        self.context.writes.submit("undo", self.context.annotations.undo, reply_to=self)

    def action_redo(self) -> None:
        """Does again what was undone."""
        self.context.writes.submit("redo", self.context.annotations.redo, reply_to=self)

    @on(WriteFinished)
    def _write_finished(self, message: WriteFinished) -> None:
        self._announce_change()
        # The screen may say so once it shows what changed; from one that does not, the message comes back here.
        self.screen.post_message(ChangeMade(done(message.kind, message.action)))

    @on(TagsLearnt)
    def _tags_learnt(self, message: TagsLearnt) -> None:
        self._announce_change()
        if message.sentence:
            self.notify(message.sentence, markup=False)

    @on(WriteRefused)
    def _write_refused(self, message: WriteRefused) -> None:
        sentence = message.sentence[:1].upper() + message.sentence[1:]
        self.notify(sentence, severity="information" if message.harmless else "error", markup=False)

    @on(ChangeMade)
    def _change_made(self, message: ChangeMade) -> None:
        self.notify(message.sentence, markup=False)

    @on(PicturesRestyled)
    def _pictures_restyled(self) -> None:
        """Draws the pictures of every open screen anew."""
        for stack in self._screen_stacks.values():
            for screen in stack:
                for view in screen.query(PhotoView):
                    view.redraw()
                for grid in screen.query(Grid):
                    grid.redraw()

    @on(SettingChanged)
    def _setting_changed(self, message: SettingChanged) -> None:
        settings = self.context.preferences.settings
        if message.name == "keys":
            self._bind(settings.keys)
        elif message.name == "pictures":
            self._pictures_restyled()

    @on(LibraryChecked)
    def _library_checked(self, message: LibraryChecked) -> None:
        if message.changed:
            self._announce_change()

    @on(LibraryWritten)
    def _announce_change(self) -> None:
        """Tells the open screen that the library is another."""
        if not self.screen_stack:
            return  # the app is closing: nobody is left to be told
        self.activity = replace(self.activity, changes=self.activity.changes + 1)
        self._count()
        self.screen.post_message(LibraryChanged())

    @on(LibraryCounted)
    def _library_counted(self, message: LibraryCounted) -> None:
        first = self.activity.images is None
        self.activity = replace(self.activity, images=message.images, videos=message.videos)
        if first and not message.images and not message.videos and self.screen_stack:
            self.push_screen(FirstRunScreen(self.context))

    @on(ScanUpdated)
    def _scan_updated(self, message: ScanUpdated) -> None:
        scan = message.scan
        self.activity = replace(self.activity, scan=scan)
        if not scan.running:
            self.notify(scan.sentence, severity="error" if scan.error else "information", markup=False)

    @on(ThreadFailed)
    def _thread_failed(self, message: ThreadFailed) -> None:
        raise message.error

    @on(WorkFailed)
    def _work_failed(self, message: WorkFailed) -> None:
        self.notify(message.sentence, severity="error", markup=False)

    @work(thread=True, group="check", exclusive=True)
    def _check(self) -> None:
        try:
            changed = self._watch.changed()
        except LibraryError as error:
            # It is asked every second, and said once.
            if not self._check_failed:
                self.post_message(WorkFailed(str(error)))
            self._check_failed = True
        else:
            self._check_failed = False
            self.post_message(LibraryChecked(changed=changed))

    @work(thread=True, group="count", exclusive=True)
    def _count(self) -> None:
        try:
            counts = self.context.library.read(catalogue.count_images)
            self.post_message(LibraryCounted(counts.photographs, counts.videos))
        except LibraryError as error:
            self.post_message(WorkFailed(str(error)))

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Draws what changed on a screen: nothing in a name, a caption or an error steers the terminal."""
        super()._display(screen, cleaned(renderable))

    def _send(self, data: str) -> None:
        if self._driver is not None and data:
            self._driver.write(data)

    def _remember(self) -> None:
        self.run_worker(partial(self._state_file.write, self.context.state), thread=True, group="state", exclusive=True)

    def _remember_theme(self, name: str) -> None:
        if name != self.context.state.theme:
            self.context.state.theme = name
            self._remember()


def _make_screen(mode: str, context: Context) -> Screen[Any]:
    from search.tui.rooms import make_screen

    return make_screen(mode, context)
