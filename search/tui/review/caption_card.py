"""A photograph under review: the picture, its caption to read or to edit in place, and why it should be looked at."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from index_data.annotation.queue import QueueItem
from search.engine.completion import Completer
from search.output.film_names import file_and_time
from search.tui.graphics.painter import Painter
from search.tui.graphics.photo_view import PhotoView
from search.tui.review.reasons import explain_uncertainty
from search.tui.themes import MUTED
from search.tui.widgets.completion_input import CompletionInput
from search.tui.widgets.word_confidence import WordConfidences, list_least_sure, mark_unsure_words


class CaptionCard(Vertical):
    """Shows one item of the queue."""

    def __init__(self, painter: Painter, completer: Completer, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._painter, self._completer = painter, completer

    def compose(self) -> ComposeResult:
        """Draws the parts, still empty."""
        yield PhotoView(self._painter, id="card-picture")
        yield Static("", id="card-caption")
        yield CompletionInput(self._completer, placeholder="what the photograph shows", id="card-edit")
        yield Static("", id="card-why")
        yield Static("", id="card-tags")

    @property
    def editing(self) -> bool:
        """Whether the caption is being edited."""
        return self.has_class("editing")

    def show(self, item: QueueItem | None, words: WordConfidences = (), *, place: str = "") -> None:
        """Shows an item, or nothing; with how sure the model is of each word, and its place among the least sure."""
        parts = {name: self.query_one(f"#card-{name}", Static) for name in ("caption", "why", "tags")}
        if item is None:
            self.query_one(PhotoView).show(None, None)
            for part in parts.values():
                part.update("")
            self.border_title = self.border_subtitle = ""
            return
        path = item.paths[0]
        self.border_title = Content(file_and_time(path, item.moment)).markup
        self.query_one(PhotoView).show(item.image_id, path)
        reviewed = item.caption is None or item.caption.confirmed
        self.border_subtitle = "" if reviewed else place
        text = item.caption.text if item.caption else ""
        parts["caption"].update(
            mark_unsure_words(text, words) if text else Content.styled("no caption", f"italic {MUTED}")
        )
        parts["why"].update(self._why(item, words))
        tags = [part for tag in item.tags for part in ((f" {tag} ", "$foreground on $panel"), (" ", ""))]
        for proposed in item.proposed_tags:
            tags += [(f" {proposed.name}? {proposed.probability:.0%} ", "$accent on $panel"), (" ", "")]
        parts["tags"].update(Content.assemble(*tags))
        parts["tags"].display = bool(tags)

    def edit(self, text: str) -> None:
        """Turns the caption into a line to write in."""
        self.add_class("editing")
        self.query_one("#card-edit", CompletionInput).begin(text)

    def stop_editing(self) -> None:
        """Turns it back."""
        self.remove_class("editing")

    def _why(self, item: QueueItem, words: WordConfidences) -> Content:
        lines = [(f"{reason}\n", MUTED) for reason in explain_uncertainty(item)]
        if unsure := list_least_sure(words):
            lines.append((f"{unsure}\n", "$secondary"))
        return Content.assemble(*lines).rstrip()
