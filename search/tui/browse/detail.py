"""Everything about the photograph under the cursor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from index_data import catalogue
from index_data.catalogue.records import ImageDetails, SeenImage
from index_data.errors import LibraryError
from search.engine.hits import Hit
from search.engine.regions import Region, regions_of
from search.errors import SearchError
from search.output.film_names import file_and_time
from search.tui.browse.detail_text import format_details
from search.tui.browse.film import film_of
from search.tui.browse.moment_strip import MomentStrip
from search.tui.context import Context
from search.tui.graphics.photo_view import PhotoView
from search.tui.widgets.word_confidence import WordConfidences

PAUSE = 0.08
"""Seconds for which the cursor rests before the details of a photograph are read."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the pane is about: a photograph, and how the query found it."""

    image_id: int
    hit: Hit | None


class Facts(VerticalScroll, can_focus=True):
    """What is said and known of the photograph."""

    HELP = """What is said and known of the photograph in the frame, and why the query found it: its caption, keywords,
tags and rating, when and with what it was taken, and every place where the file lies."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "Down", key_display="↓", id="facts.down", tooltip="Read on"),
        Binding("k,up", "scroll_up", "Up", key_display="↑", id="facts.up", tooltip="Read back"),
    ]


class DetailPane(Vertical):
    """PhotoView, words and facts of one photograph."""

    @dataclass
    class DetailsRead(Message):
        """Everything about a photograph was read; nothing if it is no longer there."""

        ticket: int
        subject: Subject
        details: ImageDetails | None

    @dataclass
    class Drawn(Message):
        """What was read is on the screen; `ticket` is that of the reading."""

        ticket: int

    @dataclass
    class WordsWeighed(Message):
        """The model said how sure it is of each word, and where it looks for those of the query, or why it cannot."""

        subject: Subject
        words: WordConfidences
        regions: Mapping[str, Region]
        note: str = ""

    def __init__(self, context: Context) -> None:
        super().__init__(id="detail")
        self.context = context
        self._subject: Subject | None = None
        self._details: ImageDetails | None = None
        self._words: WordConfidences = ()
        self._regions: Mapping[str, Region] = {}
        self._note = ""
        self._pause: Timer | None = None
        self._drawn: Subject | None = None
        self._ticket = 0

    def compose(self) -> ComposeResult:
        """Draws the frame."""
        yield PhotoView(self.context.painter, id="detail-photo")
        with Facts(id="facts"):
            yield MomentStrip(self.context.painter)
            yield Static("", id="detail-text")

    def show(self, image_id: int | None, hit: Hit | None) -> None:
        """Shows a photograph as soon as the cursor rests on it."""
        subject = None if image_id is None else Subject(image_id, hit)
        if subject == self._subject:
            return
        self._subject = subject
        if self._pause is not None:
            self._pause.stop()
        if self.display:
            self._pause = self.set_timer(PAUSE, self.read)

    def read(self) -> int:
        """Reads what is known of the photograph now, as when the library changed or the pane was opened.

        Gives a ticket: a reading that began later has a higher one.
        """
        self._ticket += 1
        if self._subject is None:
            self._details = None
            self.query_one(PhotoView).show(None)
            self._draw()
            self.post_message(self.Drawn(self._ticket))
            return self._ticket
        self.query_one(PhotoView).show(self._subject.image_id)
        self._read(self._ticket, self._subject)
        return self._ticket

    def weigh(self) -> None:
        """Asks the model how sure it is of each word, and where it looks; on demand, since this loads the model."""
        if self._subject is None or self._details is None or not self._details.captions or self._note:
            return
        self._note = "asking the model about each word…"
        self._draw()
        self._weigh(self._subject, self._details.seen, self._details.captions[0].text)

    def clear_words(self) -> None:
        """Shows the caption plainly again."""
        self._words, self._regions = (), {}
        self._draw()

    @work(thread=True, exclusive=True, group="details")
    def _read(self, ticket: int, subject: Subject) -> None:
        worker = get_current_worker()
        try:
            details = self.context.library.read(catalogue.details, subject.image_id)
        except LibraryError:
            details = None
        if not worker.is_cancelled:
            self.post_message(self.DetailsRead(ticket, subject, details))

    @work(thread=True, exclusive=True, group="words")
    def _weigh(self, subject: Subject, seen: SeenImage, caption: str) -> None:
        worker = get_current_worker()
        try:
            engine = self.context.engine
            time = None if seen.moment is None else seen.moment.time
            words = engine.word_confidences(Path(os.fsdecode(seen.files[0].path)), caption, time=time)
            regions = regions_of(engine.describer, subject.hit) if subject.hit else {}
            message = self.WordsWeighed(subject, words, regions)
        except (CaptioningError, LibraryError, SearchError) as error:
            message = self.WordsWeighed(subject, (), {}, str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(DetailsRead)
    def _details_read(self, message: DetailsRead) -> None:
        message.stop()
        # Where the cursor went on, a reading of what it went to follows, unless the pane is closed.
        if message.subject == self._subject or not self.display:
            self.post_message(self.Drawn(message.ticket))
        if message.subject != self._subject:
            return
        self._details = message.details
        self._words, self._regions, self._note = (), {}, ""
        self._draw()
        if self.context.state.word_confidence:
            self.weigh()

    @on(WordsWeighed)
    def _words_weighed(self, message: WordsWeighed) -> None:
        message.stop()
        if message.subject == self._subject:
            self._words, self._regions, self._note = message.words, message.regions, message.note
            self._draw()
            self._note = ""

    def _draw(self) -> None:
        facts = self.query_one("#facts", VerticalScroll)
        film = film_of(self._details)
        self.query_one(MomentStrip).show(film, self._subject.image_id if self._subject else 0)
        if self._subject is None or self._details is None:
            self.border_title, self.border_subtitle = "Photograph", ""
            self.query_one("#detail-text", Static).update("" if self._subject is None else "no longer in the library")
            return
        seen = self._details.seen
        first = self._subject.hit.paths[0] if self._subject.hit else seen.files[0].path
        self.border_title = file_and_time(first, seen.moment).replace("[", r"\[")
        self.border_subtitle = f"#{self._subject.image_id}"
        when = "" if film is None else film.when(self._subject.image_id)
        text = format_details(
            self._details, self._subject.hit, words=self._words, regions=self._regions, note=self._note, when=when
        )
        self.query_one("#detail-text", Static).update(text)
        if self._drawn != self._subject:
            self._drawn = self._subject
            facts.scroll_home(animate=False)
