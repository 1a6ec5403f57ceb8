"""Does what was chosen for the photographs that are marked, or for the one at the cursor."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from textual.screen import Screen

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
from search.tui.browse.act_menu import ActScreen
from search.tui.context import Context
from search.tui.messages import ChangeMade, LibraryWritten, WorkFailed
from search.tui.screens.dialogs import LineScreen
from search.tui.screens.file_work import FileWorkScreen, Work, WorkDone
from search.tui.screens.folders import FolderSuggester
from search.tui.screens.preview import PreviewScreen

MOST_OPENED = 20
"""Pictures that are opened at once in another program; more would fill the screen."""


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
            self._screen.notify(f"Opened the first {MOST_OPENED} of {_named(hits)}.")

    async def _copy(self, hits: Sequence[Hit]) -> None:
        if (folder := await self._ask_folder("Copy", hits, "To which folder?")) is not None:
            await self._work(FileAct.COPY, hits, partial(copy_photographs, list(_files(hits)), folder), folder)

    async def _move(self, hits: Sequence[Hit]) -> None:
        folder = await self._ask_folder("Move", hits, f"To which folder? Sidecars go along.{_copies_stay(hits)}")
        if folder is not None:
            outcomes = partial(move_photographs, self._context.library, _places(hits), folder)
            await self._work(FileAct.MOVE, hits, outcomes, folder)

    async def _trash(self, hits: Sequence[Hit]) -> None:
        question = f"Move {_counted_files(hits)} to the trash?{_copies_stay(hits)}"
        lines = [(file_and_time(hit.paths[0], hit.moment), hit.caption) for hit in hits]
        if await self._screen.app.push_screen_wait(PreviewScreen(question, lines, count=len(hits))):
            await self.send_to_trash(_places(hits), noun=_noun(hits))

    async def send_to_trash(self, places: Sequence[tuple[int, bytes]], *, noun: str = "photograph") -> None:
        """Moves files to the trash, once a person has confirmed it."""
        outcomes = partial(trash_photographs, self._context.library, places)
        work = Work("To the trash", len({path for _, path in places}), outcomes, partial(failure, FileAct.TRASH))
        gone = set((await self._wait_for(work)).done)
        self._trashed({image for image, path in places if path in gone})
        if gone:
            back = "u brings them back" if RESTORABLE else "they lie there until it is emptied"
            self._tell(f"{ended(FileAct.TRASH, len(gone), noun=noun)}; {back}")

    async def _work(self, act: FileAct, hits: Sequence[Hit], outcomes: Callable[[], Any], folder: Path) -> None:
        total, words = len(_files(hits)), partial(ended, act, folder=str(folder), noun=_noun(hits))
        done = len((await self._wait_for(Work(words(total), total, outcomes, partial(failure, act)))).done)
        if done and act is FileAct.MOVE:
            self._tell(f"{words(done)}; u moves back")
        elif done:
            self._screen.notify(words(done), markup=False)

    async def _write_sheet(self, hits: Sequence[Hit]) -> None:
        page = await self._ask_file(f"Contact sheet of {_named(hits)}", "contact-sheet.html")
        if page is not None:
            outcomes = partial(contact_sheet, page, hits, title=_named(hits))
            read = partial(_without_picture, page)
            done = await self._wait_for(Work(f"Writing {page.name}", len(hits), outcomes, read))
            if not done.stopped and not done.error:
                self._screen.notify(f"Wrote {page}", markup=False)

    async def _export(self, hits: Sequence[Hit]) -> None:
        title = f"Captions and tags of {_named(hits)}"
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
        title = f"{verb} {_counted_files(hits)}"
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


def _places(hits: Sequence[Hit]) -> list[tuple[int, bytes]]:
    return [(hit.image_id, hit.paths[0]) for hit in hits]


def _files(hits: Sequence[Hit]) -> dict[bytes, None]:
    """The files of hits in order; a film is one, however many of its moments are meant."""
    return dict.fromkeys(hit.paths[0] for hit in hits)


def _noun(hits: Sequence[Hit]) -> str:
    return "file" if any(hit.moment for hit in hits) else "photograph"


def _counted_files(hits: Sequence[Hit]) -> str:
    return counted(len(_files(hits)), _noun(hits))


def _named(hits: Sequence[Hit]) -> str:
    moments = sum(hit.moment is not None for hit in hits)
    return photographs(len(hits) - moments, moments=moments)


def _images(hits: Sequence[Hit]) -> list[int]:
    return [hit.image_id for hit in hits]


def _copies_stay(hits: Sequence[Hit]) -> str:
    """Says that files which are not shown stay, where there are any."""
    copies = sum({hit.paths[0]: len(hit.paths) - 1 for hit in hits}.values())
    verb = "stays" if copies == 1 else "stay"
    return f" {counted(copies, 'more file')} of the same content {verb}." if copies else ""


def _without_picture(page: Path, outcome: Any) -> str:
    return f"without its picture in {page.name}: {printable(outcome.path)}: {outcome.problem}"
