"""Duplicates side by side: what tells them apart, which is the best, and away with the rest."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.filesize import decimal
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from index_data.best_copy import Copy, read_copies
from index_data.catalogue.conditions import Mark
from index_data.duplicates import DuplicateGroup, exact_duplicates, near_duplicates
from index_data.errors import LibraryError
from index_data.relocation import trash_rest
from index_data.relocation.desktop_trash import RESTORABLE
from index_data.removable import check_copies
from search.output.file_words import FileAct, ended, failure
from search.output.mark_words import mark_words
from search.output.printable import counted, printable
from search.tui.context import Context
from search.tui.graphics.photo_view import PhotoView
from search.tui.messages import ChangeMade, LibraryChanged, LibraryWritten, WorkFailed
from search.tui.screens.file_work import FileWorkScreen, Work
from search.tui.screens.preview import PreviewScreen
from search.tui.themes import MUTED
from search.tui.widgets.key_bar import KeyBar

CARD = 26
"""Columns of the narrowest card."""

MOST_CARDS = 6
"""Cards side by side; of a larger group the cursor brings the others."""


class CopyCard(Vertical):
    """One file: its picture, and what tells it from the others."""

    def __init__(self, context: Context) -> None:
        super().__init__(classes="copy")
        self._painter = context.painter

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield PhotoView(self._painter)
        yield Static("", classes="copy-facts")

    def show(self, copy: Copy, facts: Content, *, kept: bool, best: bool) -> None:
        """Shows a file, and whether it is the one to keep."""
        self.set_class(kept, "kept")
        self.border_title = "keep" if kept else "link, stays" if copy.is_link else ""
        self.border_subtitle = "best" if best else ""
        self.query_one(PhotoView).show(copy.image_id)
        self.query_one(Static).update(facts)


class DuplicatesScreen(Screen[None]):
    """Goes through groups of duplicates one by one."""

    AUTO_FOCUS = ""
    HELP = """Photographs that are there more than once, a group at a time. The file in the frame is kept; what tells
the files apart is bright, what is the same is dim. x moves the others to the trash once you said yes: each is read from
the disk first, and links, what they lead to, the same file by another path, and what has changed stay where they
are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", key_display="esc", id="duplicates.leave", tooltip="Back to Browse"),
        Binding("right,l", "choose(1)", "Keep", key_display="→", id="duplicates.right", tooltip="Keep the next one"),
        Binding("left,h", "choose(-1)", show=False, id="duplicates.left", tooltip="Keep the one before"),
        Binding("down,j,n", "go(1)", "Group", key_display="↓", id="duplicates.down", tooltip="The next group"),
        Binding("up,k", "go(-1)", show=False, id="duplicates.up", tooltip="The group before"),
        Binding("x,delete", "trash", "Trash", id="duplicates.trash", tooltip="Move the others to the trash"),
        Binding("r", "reject", "Reject", id="duplicates.reject", tooltip="Mark the others as rejected"),
        Binding("b", "best", "Best", id="duplicates.best", tooltip="Keep the best: most pixels, then most bytes"),
        Binding("X", "trash_all", "All copies", id="duplicates.all", tooltip="Trash the copies of every exact group"),
    ]

    @dataclass
    class GroupsFound(Message):
        """The library was searched for duplicates, which took so many seconds."""

        groups: list[DuplicateGroup]
        seconds: float

    @dataclass
    class CopiesRead(Message):
        """What is known of the files of a group was read."""

        group: DuplicateGroup
        copies: list[Copy]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._groups: list[DuplicateGroup] | None = None
        self._index = self._kept = 0
        self._copies: list[Copy] = []
        self._cost = 0.0
        self._waits = False

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield Static("Looking for duplicates…", id="duplicates-head", classes="head")
        with Horizontal(id="duplicates-cards"):
            for _ in range(MOST_CARDS):
                yield CopyCard(self.context)
        yield KeyBar()

    def on_mount(self) -> None:
        """Looks for duplicates."""
        self._draw()
        self.look_again()

    def on_resize(self, _: events.Resize) -> None:
        """Shows as many cards as there is room for."""
        self._draw()

    def look_again(self) -> None:
        """Looks for duplicates, which takes a moment in a large library."""
        self._waits = False
        self._find()

    @work(thread=True, exclusive=True, group="groups")
    def _find(self) -> None:
        worker, start = get_current_worker(), time.perf_counter()
        try:
            near = near_duplicates(self.context.library)
            # Exact copies of a photograph that looks like others are members of that group.
            grouped = {image for group in near for image in group.images}
            exact = [group for group in exact_duplicates(self.context.library) if group.images[0] not in grouped]
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))
            return
        if not worker.is_cancelled:
            self.post_message(self.GroupsFound([*exact, *near], time.perf_counter() - start))

    @on(GroupsFound)
    def _show_groups(self, message: GroupsFound) -> None:
        before = self._groups[self._index] if self._groups else None
        self._groups, self._cost = message.groups, message.seconds
        if before in self._groups:
            # As it was left, but for what was said of its photographs meanwhile.
            self._index = self._groups.index(before)
            self._read(before)
        else:
            self._open(self._index)

    def _open(self, index: int) -> None:
        """Opens a group; the last where there are not so many."""
        groups = self._groups or []
        self._index, self._kept, self._copies = max(0, min(index, len(groups) - 1)), 0, []
        self._draw()
        if groups:
            self._read(groups[self._index])

    @work(thread=True, exclusive=True, group="copies")
    def _read(self, group: DuplicateGroup) -> None:
        try:
            self.post_message(self.CopiesRead(group, read_copies(self.context.library, group)))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))

    @on(CopiesRead)
    def _show_copies(self, message: CopiesRead) -> None:
        if self._groups and message.group == self._groups[self._index]:
            kept = self._copies[self._kept].path if self._copies else None
            self._copies = message.copies
            self._kept = next((at for at, copy in enumerate(self._copies) if copy.path == kept), 0)
            self._draw()

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        """Looks again, but not more often than that takes time."""
        if not self._waits:
            self._waits = True
            self.set_timer(min(60.0, 0.05 + 10 * self._cost), self.look_again)

    @on(ChangeMade)
    def _change_made(self, message: ChangeMade) -> None:
        """Says what was done here or taken back, and looks again."""
        message.stop()
        self.notify(message.sentence, markup=False)
        self.look_again()

    # What is seen

    def _draw(self) -> None:
        self.query_one("#duplicates-head", Static).update(self._head())
        across = max(1, min(MOST_CARDS, self.size.width // CARD))
        first = max(0, min(self._kept - across // 2, len(self._copies) - across))
        shown = self._copies[first : first + across]
        for place, card in enumerate(self.query(CopyCard)):
            card.display = place < len(shown)
            if place < len(shown):
                at = first + place
                card.show(shown[place], self._facts(shown[place]), kept=at == self._kept, best=at == 0)

    def _head(self) -> Content:
        if self._groups is None:
            return Content("Looking for duplicates…")
        if not self._groups:
            return Content("No photograph is there more than once. esc goes back.")
        parts = [f"group {self._index + 1:,} of {len(self._groups):,}"]
        if self._copies:
            exact = len({copy.image_id for copy in self._copies}) == 1
            parts += [f"{len(self._copies):,} copies of one file" if exact else f"{len(self._copies):,} look the same"]
            parts += [f"number {self._kept + 1:,} is kept"] if len(self._copies) > 2 else []
        return Content(" · ".join(parts))

    def _facts(self, copy: Copy) -> Content:
        """What is known of a file; what is the same of all the others is dim."""
        rows = [_fact_lines(copy), *(_fact_lines(other) for other in self._copies)]
        lines = [
            Content.styled(text, MUTED if all(row[at] == text for row in rows) else "")
            for at, text in enumerate(rows[0])
            if text
        ]
        return Content("\n").join(lines)

    # Going about

    def action_go(self, step: int) -> None:
        """Goes to another group, round the end."""
        if self._groups:
            self._open((self._index + step) % len(self._groups))

    def action_choose(self, step: int) -> None:
        """Keeps another file of the group; a link cannot be kept in place of a file."""
        files = [at for at, copy in enumerate(self._copies) if not copy.is_link]
        if self._kept in files:
            self._kept = files[max(0, min(files.index(self._kept) + step, len(files) - 1))]
            self._draw()

    def action_best(self) -> None:
        """Keeps the best."""
        self._kept = 0
        self._draw()

    # What is done

    def action_trash(self) -> None:
        """Moves all but the kept file to the trash, as far as the disk allows it, once a person confirms."""
        if self._copies:
            kept = self._copies[self._kept]
            others = [copy.path for copy in self._copies if copy is not kept]
            images = tuple(dict.fromkeys(copy.image_id for copy in self._copies))
            self._begin([DuplicateGroup(images, (kept.path, *others))])

    def action_trash_all(self) -> None:
        """The same for every group of exact copies, of which the first by path is kept."""
        exact = [group for group in self._groups or [] if len(group.images) == 1]
        if exact:
            self._begin(exact)
        else:
            self.notify("No group holds copies of one file alone; look at each group.")

    def _begin(self, groups: Sequence[DuplicateGroup]) -> None:
        self.run_worker(self._trash(groups), group="trash", exclusive=True)

    async def _trash(self, groups: Sequence[DuplicateGroup]) -> None:
        library = self.context.library
        try:
            checked = await asyncio.to_thread(lambda: list(check_copies(library, groups)))
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))
            return
        going = {copy.path for copy in checked if not copy.obstacle}
        stay = [copy for copy in checked if copy.obstacle]
        if not going:
            reason = f"{printable(stay[0].path)}: {stay[0].obstacle}" if stay else "there is no other file"
            self.notify(f"Nothing can go: {reason}", severity="warning", markup=False)
            return
        question = f"Move {counted(len(going), 'file')} to the trash, and keep {counted(len(groups), 'file')}?"
        lines = [(f"stays, {copy.obstacle}:", printable(copy.path)) for copy in stay]
        lines += [("to the trash:", printable(path)) for path in sorted(going)]
        if not await self.app.push_screen_wait(PreviewScreen(question, lines, count=len(lines))):
            return
        # Links and their like were told of before; what has changed since is told of now.
        outcomes = (outcome for outcome in trash_rest(library, groups) if outcome.path in going)
        work = Work("To the trash", len(going), lambda: outcomes, partial(failure, FileAct.TRASH))
        done = await self.app.push_screen_wait(FileWorkScreen(work))
        if done.error:
            self.app.post_message(WorkFailed(done.error))
        if done.done:
            back = "u brings them back" if RESTORABLE else "they lie there until it is emptied"
            self.app.post_message(LibraryWritten())
            self.post_message(ChangeMade(f"{ended(FileAct.TRASH, len(done.done))}; {back}"))

    def action_reject(self) -> None:
        """Marks the photographs that are not kept as rejected; they stay where they are."""
        if not self._copies:
            return
        kept = self._copies[self._kept].image_id
        others = [image for image in dict.fromkeys(copy.image_id for copy in self._copies) if image != kept]
        if not others:
            self.notify("Copies of one file share their marks; x moves the others to the trash.", severity="warning")
            return
        write = partial(self.context.annotations.mark, others, {Mark.PICK: "rejected"})
        self.context.writes.submit("mark", write, reply_to=self.app)


def _fact_lines(copy: Copy) -> tuple[str, ...]:
    """What is told of a file, a line each: what may differ first."""
    folder, _, name = copy.path.rpartition(os.fsencode(os.sep))
    moment, of_file = copy.date
    date = "no date" if moment is None else f"{moment:%Y-%m-%d %H:%M}{' (file)' if of_file else ''}"
    size = f"{copy.width:,} \N{MULTIPLICATION SIGN} {copy.height:,} · {decimal(copy.byte_size)}"
    return size, date, printable(name), printable(folder), mark_words(copy.marks), ", ".join(copy.tags), copy.caption
