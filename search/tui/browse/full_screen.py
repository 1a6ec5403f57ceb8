"""One photograph as large as the terminal: go on to the next, look closer, judge it, or sit back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from index_data import catalogue
from index_data.annotation.normalize import visible
from index_data.catalogue.annotation_records import ActionRecord
from index_data.catalogue.conditions import MARK_VALUES, NO_MARK, Mark
from index_data.catalogue.records import ImageDetails, SeenImage
from index_data.errors import LibraryError
from search.engine.completion import Completer
from search.output.external_viewer import ViewerError, open_in_viewer
from search.output.film_names import PLAY, named_place
from search.output.mark_words import mark_words
from search.output.printable import counted, printable
from search.tui.browse.film import Film, film_of
from search.tui.browse.judgement import Judgement
from search.tui.context import Context
from search.tui.graphics.photo_view import PhotoView
from search.tui.messages import ChangeMade, LibraryChanged, WorkFailed
from search.tui.services.news import News
from search.tui.themes import MUTED
from search.tui.widgets.completion_input import CompletionInput
from search.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from search.tui.browse.acts import Acts

SLIDE_SECONDS = 4.0
"""For which each photograph of a slide show is seen."""

COLOUR_KEYS = dict(zip("6789", MARK_VALUES[Mark.LABEL], strict=False))
"""As Lightroom has them: red, yellow, green, blue."""

ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class FullScreen(Screen[int]):
    """Goes through photographs one by one; answers at which it was left."""

    HELP = """One photograph as large as the terminal. The arrows go to the next and the one before or, in a closer
look, to other parts of it; up and down go through the moments of a film. 1 to 5 give stars and 0 takes them away, 6 to
9 give a colour; the same colour again takes it off. Each is stored at once, and u takes it back."""

    # Keys are this screen's own until a caption is edited.
    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "leave", "Back", key_display="esc", id="full.back", tooltip="Back to all of them"),
        Binding("n,pagedown", "go(1)", "Next", key_display="n", id="full.next", tooltip="The next photograph"),
        Binding("b,pageup", "go(-1)", "Before", key_display="b", id="full.before", tooltip="The photograph before"),
        *(
            Binding(f"{key},{letter}", f"arrow('{key}')", show=False, id=f"full.{key}", tooltip=tooltip)
            for key, letter, tooltip in (
                ("left", "h", "Before; in a closer look, to the left"),
                ("right", "l", "Next; in a closer look, to the right"),
                ("up", "k", "In a closer look, up; else the moment before of the film"),
                ("down", "j", "In a closer look, down; else the next moment of the film"),
            )
        ),
        Binding("home,g", "first", "First", show=False, id="full.first", tooltip="The first photograph"),
        Binding("end,G", "last", "Last", show=False, id="full.last", tooltip="The last photograph"),
        Binding("plus,equals_sign", "zoom(1)", "Closer", key_display="+", id="full.closer", tooltip="Look closer"),
        Binding(
            "minus", "zoom(-1)", "Less close", show=False, key_display="-", id="full.farther", tooltip="Less close"
        ),
        Binding("z", "whole", "Whole", show=False, id="full.whole", tooltip="See the whole photograph again"),
        Binding("s", "slides", "Slides", id="full.slides", tooltip="Begin or end a slide show"),
        Binding("d", "words", "Words", show=False, id="full.words", tooltip="Hide or show what is said of it"),
        Binding("e", "edit", "Edit", id="full.edit", tooltip="Write the caption in your words"),
        Binding("a", "accept", "Accept", id="full.accept", tooltip="The caption is fine"),
        Binding("t", "tag", "Tag", id="full.tag", tooltip="Add tags or remove them"),
        Binding("r", "marks", "Rate", id="full.rate", tooltip="Rate it, pick or reject it, give it a colour"),
        Binding("p", "mark('pick','picked')", "Pick", show=False, id="full.pick", tooltip="Pick it"),
        Binding("x", "mark('pick','rejected')", "Reject", show=False, id="full.reject", tooltip="Reject it"),
        Binding(
            "f", "mark('favourite','yes')", "Favourite", show=False, id="full.favourite", tooltip="A favourite, or none"
        ),
        *(
            Binding(
                str(count),
                f"mark('rating','{count or NO_MARK}')",
                show=False,
                id=f"full.{count}",
                tooltip=f"Rate it {counted(count, 'star')}" if count else "Rate it no longer",
            )
            for count in range(6)
        ),
        *(
            Binding(key, f"mark('label','{colour}')", show=False, id=f"full.{colour}", tooltip=f"Colour it {colour}")
            for key, colour in COLOUR_KEYS.items()
        ),
        Binding("o", "open", "Open", show=False, id="full.open", tooltip="Open the file in the system's viewer"),
        Binding(
            "delete", "trash", "Trash", show=False, key_display="del", id="full.trash", tooltip="Move to the trash"
        ),
        Binding(
            "i", "history", "Past", show=False, id="full.history", tooltip="Who said what of this photograph, and when"
        ),
    ]

    @dataclass
    class DetailsRead(Message):
        """What is known of a photograph was read; nothing if it is no longer there."""

        ticket: int
        image: int
        details: ImageDetails | None

    def __init__(self, context: Context, images: NDArray[np.int64], index: int, *, moment: int | None = None) -> None:
        """Takes the photographs to go through.

        Args:
            context: Of the app.
            images: Their numbers (any,), int64.
            index: At which of them to begin.
            moment: At which moment of its film; none where it is a photograph.
        """
        super().__init__()
        self.context = context
        self._images, self._index = images, index
        self._moment = moment
        self._details: ImageDetails | None = None
        self._film: Film | None = None
        self._when_read: list[Callable[[], None]] = []
        self._news, self._ticket = News(), 0
        self._slides: Timer | None = None
        self._judgement = Judgement(self, context)

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield PhotoView(self.context.painter, id="full-photo")
        yield Static("", id="full-words")
        yield CompletionInput(Completer(self.context.engine.words), id="full-edit")
        yield KeyBar()

    def on_mount(self) -> None:
        """Shows the first."""
        self._show()

    @property
    def _image(self) -> int:
        return int(self._images[self._index]) if self._moment is None else self._moment

    @property
    def _view(self) -> PhotoView:
        return self.query_one(PhotoView)

    def _show(self) -> None:
        self._details = None
        # What was said of the photograph before must not stand under this one, nor be judged by keys meant for it.
        self._when_read.clear()
        self.query_one("#full-words", Static).update(Content.styled(self._position, MUTED))
        self._view.zoom_to(1)
        self._view.show(self._image)
        self._read_again()

    def _read_again(self) -> int:
        self._ticket += 1
        self._read(self._ticket, self._image)
        return self._ticket

    @work(thread=True, exclusive=True, group="details")
    def _read(self, ticket: int, image: int) -> None:
        worker = get_current_worker()
        try:
            details = self.context.library.read(catalogue.details, image)
        except LibraryError as error:
            self.app.post_message(WorkFailed(str(error)))
            return
        if not worker.is_cancelled:
            self.post_message(self.DetailsRead(ticket, image, details))

    @on(DetailsRead)
    def _details_read(self, message: DetailsRead) -> None:
        if message.image == self._image:
            self._details, self._film = message.details, film_of(message.details)
            self._draw()
            kept, self._when_read = self._when_read, []
            for act in kept:
                act()
        for sentence in self._news.due(message.ticket):
            self.notify(sentence, markup=False)

    @on(ChangeMade)
    def _change_made(self, message: ChangeMade) -> None:
        message.stop()
        self._news.add(self._read_again(), message.sentence)

    @on(LibraryChanged)
    def _library_changed(self) -> None:
        self._read_again()

    @property
    def _position(self) -> str:
        return f"{self._index + 1:,} of {len(self._images):,}"

    def _draw(self) -> None:
        self.set_class(not self._view.display, "without-picture")
        position = self._position
        if self._details is None:
            text = Content.assemble(("no longer in the library", "italic"), (f"  {position}", MUTED))
        else:
            said = self._details.captions[0].text if self._details.captions else "no caption yet"
            name = printable(self._details.seen.files[0].path.rpartition(b"/")[2])
            film = self._film
            times = [] if film is None else [f"{PLAY} {film.when(self._image)}", f"↑↓ {film.place(self._image)}"]
            parts = [mark_words(self._details.marks), ", ".join(self._details.tags), name, *times, position]
            parts += [f"{self._view.zoom}\N{MULTIPLICATION SIGN}"] if self._view.zoom > 1 else []
            parts += ["slide show"] if self._slides is not None else []
            text = Content.assemble((said, "bold"), ("\n" + " · ".join(filter(None, parts)), MUTED))
        self.query_one("#full-words", Static).update(text)

    # Going about

    def action_leave(self) -> None:
        """Goes back."""
        self.dismiss(self._index)

    def action_go(self, step: int) -> None:
        """Goes on, round the end."""
        self._go_to((self._index + step) % len(self._images))

    def action_first(self) -> None:
        """Goes to the first."""
        self._go_to(0)

    def action_last(self) -> None:
        """Goes to the last."""
        self._go_to(len(self._images) - 1)

    def _go_to(self, index: int) -> None:
        self._index, self._moment, self._film = index, None, None
        self._show()

    def _go_through_film(self, step: int) -> None:
        """Goes to the next moment of a film, or the one before; past its ends it stays."""
        if self._film is not None:
            if (moment := self._film.beside(self._image, step)) is not None:
                self._moment = moment
                self._show()
        elif self._details is None:
            self._when_read.append(partial(self._go_through_film, step))

    def action_arrow(self, key: str) -> None:
        """Moves in a closer look, else goes on or back."""
        across, down = ARROWS[key]
        if self._view.zoom > 1:
            self._view.pan(across, down)
        elif across:
            self.action_go(across)
        else:
            self._go_through_film(down)

    def action_zoom(self, step: int) -> None:
        """Looks closer, or less close."""
        self._view.zoom_to(self._view.zoom * 2 if step > 0 else self._view.zoom // 2)
        self._draw()

    def action_whole(self) -> None:
        """Shows the whole photograph."""
        self._view.zoom_to(1)
        self._draw()

    def action_slides(self) -> None:
        """Begins a slide show, or ends it."""
        if self._slides is None:
            self._slides = self.set_interval(SLIDE_SECONDS, partial(self.action_go, 1))
        else:
            self._slides.stop()
            self._slides = None
        self._draw()

    def action_words(self) -> None:
        """Hides what is said of the photograph and the keys, or shows them."""
        self.toggle_class("bare")

    # Judging

    def _write(self, kind: str, write: partial[ActionRecord | None]) -> None:
        self.context.writes.submit(kind, write, reply_to=self.app)

    def action_accept(self) -> None:
        """Accepts the caption, once it is on the screen."""
        if self._details is None:
            self._when_read.append(self.action_accept)
        elif self._details.captions:
            self._write("accept", partial(self.context.annotations.accept, [self._image]))

    def action_mark(self, mark: str, value: str) -> None:
        """Marks the photograph; the same mark again takes it off, but for stars."""
        if self._when_read:
            # It is of the moment to which the keys before lead.
            self._when_read.append(partial(self.action_mark, mark, value))
        else:
            self._write("mark", partial(self._mark, self._image, Mark(mark), value))

    def _mark(self, image: int, mark: Mark, value: str) -> ActionRecord | None:
        """Stores a mark, in the thread that writes, which knows of every key before."""
        marks = self.context.library.read(catalogue.marks_of, [image]).get(image, {})
        again = mark is not Mark.RATING and marks.get(mark) == value
        return self.context.annotations.mark([image], {mark: NO_MARK if again else value})

    def action_marks(self) -> None:
        """Offers every mark."""
        self._judgement.mark([self._image])

    def action_tag(self) -> None:
        """Tags the photograph."""
        self._judgement.tag([self._image])

    @cached_property
    def _acts(self) -> Acts:
        """Loaded with the first act, so that the view opens without it."""
        from search.tui.browse.acts import Acts

        return Acts(self, self.context, trashed=self._leave_trashed)

    def action_trash(self) -> None:
        """Moves the photograph to the trash, once a person confirms."""
        self._acts.begin("trash", [self._image])

    def _leave_trashed(self, images: set[int]) -> None:
        """Goes on; the photograph keeps its number for when it comes back."""
        if self._image in images:
            self.action_go(1)

    def action_history(self) -> None:
        """Shows what was said of the photograph."""
        self._judgement.show_history(self._image)

    def action_open(self) -> None:
        """Opens the file in the system's viewer."""
        if self._details is None:
            self._when_read.append(self.action_open)
        else:
            self._open(self._details.seen)

    @work(thread=True, group="viewer")
    def _open(self, seen: SeenImage) -> None:
        try:
            open_in_viewer(seen.files[0].path, at=None if seen.moment is None else seen.moment.start)
        except ViewerError as error:
            self.app.post_message(WorkFailed(str(error)))

    def action_edit(self) -> None:
        """Turns the caption into a line to write in; what was refused before is there again."""
        if self._details is None:
            self._when_read.append(self.action_edit)
            return
        if self._slides is not None:
            self.action_slides()
        caption = self._details.captions[0].text if self._details.captions else ""
        self.add_class("editing")
        line = self.query_one("#full-edit", CompletionInput)
        line.begin(self.context.state.draft(self._draft_name) or caption)

    @on(CompletionInput.Submitted)
    def _caption_submitted(self, message: CompletionInput.Submitted) -> None:
        if not visible(message.text):
            self.notify("A caption needs at least one visible character.", severity="warning")
            return
        if self._details is not None:
            self.context.state.keep_draft(self._draft_name, message.text)
            self._write("edit", partial(self._edit, self._image, self._draft_name, message.text))
        self._stop_editing()

    @property
    def _draft_name(self) -> bytes:
        """The path by which the photograph is named, a moment's with its time."""
        assert self._details is not None
        seen = self._details.seen
        return named_place(seen.files[0].path, seen.moment)

    def _edit(self, image: int, name: bytes, text: str) -> ActionRecord | None:
        """Stores a caption, in the thread that writes; where that is refused, it is a draft still."""
        action = self.context.annotations.edit(image, text)
        self.context.state.drop_draft(name)
        return action

    @on(CompletionInput.Cancelled)
    def _stop_editing(self) -> None:
        self.remove_class("editing")
        self.set_focus(None)
