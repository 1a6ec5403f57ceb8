"""How far the review has come, and how far a person agrees with the model."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from index_data.annotation.queue import AcceptanceStatistics, ReviewProgress
from search.tui.dialog import Dialog
from search.tui.themes import MUTED


def draw_progress(progress: ReviewProgress) -> Content:
    """Draws the progress in one line: a bar, and what counts."""
    share = progress.reviewed / progress.images if progress.images else 0.0
    filled = round(share * 10)
    parts = [("━" * filled, "$success"), ("━" * (10 - filled), "$foreground 25%")]
    parts.append((f" {progress.reviewed:,} of {progress.images:,}", MUTED))
    models = progress.models.values()
    if total := sum(model.accepted + model.edited + model.rejected for model in models):
        right = sum(model.accepted for model in models)
        parts.append((f" · {right / total:.0%} right", MUTED))
    return Content.assemble(*parts)


class AcceptanceScreen(Dialog[None]):
    """The figures of `imgsearch review stats`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,S,enter", "dismiss", "Close", key_display="esc", id="agreement.close"),
    ]

    def __init__(self, progress: ReviewProgress) -> None:
        super().__init__()
        self._progress = progress

    def compose(self) -> ComposeResult:
        """Draws the figures."""
        progress = self._progress
        with VerticalScroll(classes="modal") as box:
            box.border_title = "Progress and agreement"
            box.border_subtitle = "esc closes"
            yield Static(draw_progress(progress))
            yield Static(_format_rows([("waiting", f"{progress.waiting:,}"), ("reviewed", f"{progress.reviewed:,}")]))
            for model, agreement in progress.models.items():
                yield Static(Content.styled(f"\n{model}", "bold $primary"))
                yield Static(_format_rows(agreement_rows(agreement)))


def agreement_rows(agreement: AcceptanceStatistics) -> list[tuple[str, str]]:
    """How far people agree with a model, as names and values."""
    bleu, edited = agreement.bleu_4, agreement.edit_distance
    return [
        ("accepted as they were", f"{agreement.accepted:,}  ({agreement.unchanged:.0%})"),
        ("edited", f"{agreement.edited:,}"),
        ("rejected", f"{agreement.rejected:,}"),
        ("BLEU-4 with the final words", "none yet" if bleu is None else f"{100 * bleu:.1f}"),
        (
            "words changed by an edit",
            "none yet" if edited is None else f"{edited:.0%}",
        ),
    ]


def _format_rows(rows: list[tuple[str, str]]) -> Content:
    parts = [part for name, value in rows for part in ((f"{name:<30}", MUTED), f"{value}\n")]
    return Content.assemble(*parts).rstrip()
