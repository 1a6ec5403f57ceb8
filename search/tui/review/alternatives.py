"""What else the model would say of a photograph, to choose from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Label, LoadingIndicator, OptionList
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from captioning.errors import CaptioningError
from captioning.outputs import Caption
from index_data.annotation.queue import QueueItem
from search.engine.engine import Engine
from search.tui.dialog import Dialog
from search.tui.themes import MUTED
from search.tui.widgets.word_confidence import mark_unsure_words

OFFERED = 6
"""Other sentences that are requested."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants instead of a rejected caption.

    Attributes:
        caption: Another sentence to accept; none to reject without choosing.
        offered: What the model offered, best first, without the rejected one.
    """

    caption: Caption | None
    offered: tuple[Caption, ...]


class AlternativesScreen(Dialog[Choice | None]):
    """Offers the beam's other sentences; no answer leaves the caption as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Leave as it is", key_display="esc", id="alternatives.leave"),
        Binding("r", "none", "None of these", id="alternatives.none", tooltip="Reject, and let the photograph wait"),
        Binding("j", "move('cursor_down')", show=False, id="alternatives.down"),
        Binding("k", "move('cursor_up')", show=False, id="alternatives.up"),
        *(Binding(str(n), f"take({n - 1})", show=False, id=f"alternatives.{n}") for n in range(1, OFFERED + 1)),
    ]

    @dataclass
    class Offered(Message):
        """The model wrote other sentences, or a reason says why not."""

        captions: Sequence[Caption]
        reason: str = ""

    def __init__(self, engine: Engine, item: QueueItem) -> None:
        super().__init__()
        self._engine, self._item = engine, item
        self._offered: tuple[Caption, ...] = ()

    def compose(self) -> ComposeResult:
        """Draws the box, while the model writes."""
        with Vertical(classes="modal") as box:
            box.border_title = "Reject, and choose another"
            box.border_subtitle = "enter takes · r none of these · esc leaves it"
            if self._item.caption is not None:
                yield Label(Content.styled(self._item.caption.text, f"strike {MUTED}"), classes="modal-title")
            yield LoadingIndicator(id="alternatives-wait")
            yield OptionList(id="alternatives-list")
            yield Label("", id="alternatives-none", classes="muted")

    def on_mount(self) -> None:
        """Asks the model."""
        self.query_one(OptionList).display = False
        self._request()

    @on(Offered)
    def _show(self, message: Offered) -> None:
        former = self._item.caption.text if self._item.caption else ""
        self._offered = tuple(caption for caption in message.captions if caption.text != former)[:OFFERED]
        self.query_one(LoadingIndicator).remove()
        options = self.query_one(OptionList)
        for number, caption in enumerate(self._offered, start=1):
            words = list(zip(caption.text.split(), caption.word_confidences, strict=False))
            head = Content.assemble((f"{number} ", "$accent"), (f"{caption.confidence:4.0%}  ", MUTED))
            options.add_option(Option(head + mark_unsure_words(caption.text, words)))
        options.display = bool(self._offered)
        if self._offered:
            options.highlighted = 0
            options.focus()
        else:
            reason = message.reason or "the model has nothing else to say"
            self.query_one("#alternatives-none", Label).update(
                Content(f"No other sentence: {reason}. Press r to reject anyway.")
            )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.action_take(event.option_index)

    def action_take(self, number: int) -> None:
        """Takes one of the sentences."""
        if number < len(self._offered):
            self.dismiss(Choice(self._offered[number], self._offered))

    def action_none(self) -> None:
        """Rejects the caption without choosing."""
        self.dismiss(Choice(None, self._offered))

    def action_move(self, name: str) -> None:
        """Moves as the arrows do."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    @work(thread=True, exclusive=True)
    def _request(self) -> None:
        path, moment = Path(os.fsdecode(self._item.paths[0])), self._item.moment
        time = None if moment is None else moment.time
        try:
            # One more, since the first is mostly what is there.
            captions = self._engine.alternatives(path, sentences=OFFERED + 1, time=time)
        except CaptioningError as error:
            captions, reason = [], str(getattr(error, "reason", error))
        else:
            reason = ""
        if not get_current_worker().is_cancelled:
            self.post_message(self.Offered(captions, reason))
