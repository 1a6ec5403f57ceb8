"""What can be done with the photographs that are marked, or with the one at the cursor: one menu, a key for each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from index_data.catalogue.conditions import PlaceCondition
from index_data.errors import LibraryError, ReplacementError, UnknownFormatError
from index_data.exchange.transfer import WRITERS, collect, format_of, write_file
from index_data.locations import at_home
from index_data.relocation import move_photographs, trash_photographs
from index_data.relocation.desktop_trash import RESTORABLE
from index_data.relocation.names import numbered
from search.engine.hits import Hit
from search.output.contact_sheet import contact_sheet
from search.output.copying import copy_photographs
from search.output.external_viewer import ViewerError, open_in_viewer
from search.output.file_words import FileAct, ended, failure
from search.output.film_names import file_and_time
from search.output.printable import counted, photographs, printable
from search.tui.context import Context
from search.tui.dialog import Dialog
from search.tui.messages import ChangeMade, LibraryWritten, WorkFailed
from search.tui.screens.dialogs import LineScreen
from search.tui.screens.file_work import FileWorkScreen, Work, WorkDone
from search.tui.screens.folders import FolderSuggester
from search.tui.screens.preview import PreviewScreen
from search.tui.themes import MUTED

MOST_OPENED = 20
"""Pictures that are opened at once in another program; more would fill the screen."""

ACTS = {
    "a": ("accept", "Accept the captions"),
    "t": ("tag", "Tag"),
    "r": ("mark", "Rate, pick, colour"),
    "p": ("album", "Put into an album, or take out of one"),
    "o": ("open", "Open in the system's viewer"),
    "c": ("copy", "Copy to a folder"),
    "m": ("move", "Move to a folder; the library follows"),
    "s": ("sheet", "Write a contact sheet"),
    "e": ("export", "Export the captions and tags"),
    "x": ("trash", "Move to the trash"),
}
"""By key: the name of an act, and what it does."""


class ActScreen(Dialog[str | None]):
    """Chooses an act by its key; answers its name, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", key_display="esc", id="act.close"),
        Binding("delete", "choose('x')", show=False, id="act.delete"),
        *(Binding(key, f"choose('{key}')", text, show=False, id=f"act.{name}") for key, (name, text) in ACTS.items()),
    ]

    def __init__(self, count: int) -> None:
        """Takes how many photographs it is about."""
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        """Draws the list."""
        with Vertical(classes="window small") as box:
            box.border_title = f"{photographs(self._count)}: what to do"
            box.border_subtitle = "press a key · esc closes"
            yield OptionList(
                *(Option(Content.assemble((f" {key}  ", MUTED), text), id=key) for key, (_, text) in ACTS.items())
            )

    def action_choose(self, key: str) -> None:
        """Answers what a key stands for."""
        self.dismiss(ACTS[key][0])

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.action_choose(str(message.option.id))


class Acts:
    """Carries acts out for a screen, which is told by `ChangeMade` what was done."""

    def __init__(self, screen: Screen[Any], context: Context, *, trashed: Callable[[set[int]], None]) -> None:
        """Takes the screen, and what is told which photographs went to the trash."""
        self._screen, self._context, self._trashed = screen, context, trashed
        self._folder = ""

    def choose(self, images: Sequence[int], places: Sequence[PlaceCondition] = ()) -> None:
        """Offers every act for some photographs.

        Args:
            images: Their numbers, at least one.
            places: Of several paths of a photograph the one that meets these is meant.
        """

        def begin(act: str | None) -> None:
            if act in ("tag", "mark", "album"):
                # The screen has keys of its own for these.
                self._screen.call_later(self._screen.run_action, act)
            elif act == "accept":
                accept = partial(self._context.annotations.accept, images)
                self._context.writes.submit("accept", accept, reply_to=self._screen.app)
            elif act is not None:
                self.begin(act, images, places)

        self._screen.app.push_screen(ActScreen(len(images)), begin)

    def begin(self, act: str, images: Sequence[int], places: Sequence[PlaceCondition] = ()) -> None:
        """Begins one act, while the screen goes on."""
        self._screen.run_worker(self._carry_out(act, images, places), group="acts")

    async def _carry_out(self, act: str, images: Sequence[int], places: Sequence[PlaceCondition]) -> None:
        try:
            hits = await asyncio.to_thread(self._context.engine.hits_of, images, places=places)
            if not hits:
                self._screen.notify("The library no longer knows where they lie.", severity="warning")
                return
            act_on = {
                "open": self._open,
                "copy": self._copy,
                "move": self._move,
                "sheet": self._write_sheet,
                "export": self._export,
                "trash": self._trash,
            }
            await act_on[act](hits)
        except (LibraryError, ViewerError) as error:
            self._screen.app.post_message(WorkFailed(str(error)))

    async def _open(self, hits: Sequence[Hit]) -> None:
        for hit in hits[:MOST_OPENED]:
            await asyncio.to_thread(open_in_viewer, hit.paths[0], at=None if hit.moment is None else hit.moment.start)
        if len(hits) > MOST_OPENED:
            self._screen.notify(f"Opened the first {MOST_OPENED} of {photographs(len(hits))}.")

    async def _copy(self, hits: Sequence[Hit]) -> None:
        if (folder := await self._ask_folder("Copy", hits, "To which folder?")) is not None:
            await self._work(FileAct.COPY, hits, partial(copy_photographs, _paths(hits), folder), folder)

    async def _move(self, hits: Sequence[Hit]) -> None:
        folder = await self._ask_folder("Move", hits, f"To which folder? Sidecars go along.{_copies_stay(hits)}")
        if folder is not None:
            places = [(hit.image_id, hit.paths[0]) for hit in hits]
            await self._work(
                FileAct.MOVE, hits, partial(move_photographs, self._context.library, places, folder), folder
            )

    async def _trash(self, hits: Sequence[Hit]) -> None:
        question = f"Move {photographs(len(hits))} to the trash?{_copies_stay(hits)}"
        lines = [(file_and_time(hit.paths[0], hit.moment), hit.caption) for hit in hits]
        if await self._screen.app.push_screen_wait(PreviewScreen(question, lines, count=len(hits))):
            await self.send_to_trash([(hit.image_id, hit.paths[0]) for hit in hits])

    async def send_to_trash(self, places: Sequence[tuple[int, bytes]]) -> None:
        """Moves files to the trash, once a person has confirmed it."""
        outcomes = partial(trash_photographs, self._context.library, places)
        work = Work("To the trash", len(places), outcomes, partial(failure, FileAct.TRASH))
        gone = set((await self._wait_for(work)).done)
        self._trashed({image for image, path in places if path in gone})
        if gone:
            back = "u brings them back" if RESTORABLE else "they lie there until it is emptied"
            self._tell(f"{ended(FileAct.TRASH, len(gone))}; {back}")

    async def _work(self, act: FileAct, hits: Sequence[Hit], outcomes: Callable[[], Any], folder: Path) -> None:
        work = Work(ended(act, len(hits), str(folder)), len(hits), outcomes, partial(failure, act))
        done = len((await self._wait_for(work)).done)
        if done and act is FileAct.MOVE:
            self._tell(f"{ended(act, done, str(folder))}; u moves back")
        elif done:
            self._screen.notify(ended(act, done, str(folder)), markup=False)

    async def _write_sheet(self, hits: Sequence[Hit]) -> None:
        page = await self._ask_file(f"Contact sheet of {photographs(len(hits))}", "contact-sheet.html")
        if page is not None:
            outcomes = partial(contact_sheet, page, hits, title=photographs(len(hits)))
            read = partial(_without_picture, page)
            done = await self._wait_for(Work(f"Writing {page.name}", len(hits), outcomes, read))
            if not done.stopped and not done.error:
                self._screen.notify(f"Wrote {page}", markup=False)

    async def _export(self, hits: Sequence[Hit]) -> None:
        title = f"Captions and tags of {photographs(len(hits))}"
        file = await self._ask_file(title, "captions.json", words=True)
        if file is None:
            return
        kind = format_of(file)
        notes = await asyncio.to_thread(collect, self._context.library, proposals=True, images=_images(hits))
        await asyncio.to_thread(write_file, file, notes, kind=kind)
        self._screen.notify(f"Wrote the words of {photographs(len(notes))} to {file}", markup=False)

    async def _wait_for(self, work: Work) -> WorkDone:
        done = await self._screen.app.push_screen_wait(FileWorkScreen(work))
        if done.error:
            self._screen.app.post_message(WorkFailed(done.error))
        elif done.stopped:
            self._screen.notify(f"Stopped after {len(done.done):,} of {work.total:,}.", severity="warning")
        return done

    def _tell(self, sentence: str) -> None:
        self._screen.app.post_message(LibraryWritten())
        self._screen.post_message(ChangeMade(sentence))

    async def _ask_folder(self, verb: str, hits: Sequence[Hit], about: str) -> Path | None:
        """Asks for a folder; begins with the one that was last chosen, else with that of the first photograph."""
        present = self._folder or f"{Path(os.fsdecode(hits[0].paths[0])).parent}/"
        title = f"{verb} {photographs(len(hits))}"
        line = LineScreen(title, about, present, suggester=FolderSuggester(), does="goes on")
        text = await self._screen.app.push_screen_wait(line)
        if text is None:
            return None
        self._folder = text
        return at_home(Path(text)).absolute()

    async def _ask_file(self, title: str, name: str, *, words: bool = False) -> Path | None:
        """Asks for a new file to write; one that is there is never replaced.

        Raises:
            FolderError: The path begins in the folder of a user whom the system does not know.
            ReplacementError: It is there.
            UnknownFormatError: Its name does not tell a format that can be written.
        """
        free = next(path for path in map(Path.cwd().joinpath, numbered(name)) if not os.path.lexists(path))
        about = "Which file? " + ("Its name says the format: .json, .jsonl or .csv." if words else "")
        text = await self._screen.app.push_screen_wait(LineScreen(title, about.strip(), str(free), does="writes it"))
        if text is None:
            return None
        file = at_home(Path(text)).absolute()
        if os.path.lexists(file):
            raise ReplacementError(f"{file} is there already; name another file")
        if words and format_of(file) not in WRITERS:
            raise UnknownFormatError(f"{file.name} names a format that is only read; end it in .json, .jsonl or .csv")
        return file


def _paths(hits: Sequence[Hit]) -> list[bytes]:
    return [hit.paths[0] for hit in hits]


def _images(hits: Sequence[Hit]) -> list[int]:
    return [hit.image_id for hit in hits]


def _copies_stay(hits: Sequence[Hit]) -> str:
    """Says that files which are not shown stay, where there are any."""
    copies = sum(len(hit.paths) - 1 for hit in hits)
    verb = "stays" if copies == 1 else "stay"
    return f" {counted(copies, 'more file')} of the same content {verb}." if copies else ""


def _without_picture(page: Path, outcome: Any) -> str:
    return f"without its picture in {page.name}: {printable(outcome.path)}: {outcome.problem}"
