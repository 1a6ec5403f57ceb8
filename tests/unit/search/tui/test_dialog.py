"""Proves that what lies below a dialog is drawn as Textual itself draws it."""

from __future__ import annotations

from rich.style import Style
from textual.app import App, ComposeResult
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip
from textual.visual import RichVisual, Visual
from textual.widgets import Button, Label

from search.tui.dialog import Dialog, TintedScreen


class Question(Dialog[None]):
    CSS = "Question { align: center middle; } Label { width: auto; }"

    def compose(self) -> ComposeResult:
        yield Label("Really?")


class Below(App[None]):
    def compose(self) -> ComposeResult:
        yield Label("[red on blue]coloured[/] 日本 [bold @click=app.bell]loud[/]")
        yield Button("press")


def cells(strips: list[Strip]) -> list[list[tuple[str, Style | None]]]:
    """Every letter with its style; where a line is cut into segments makes no difference."""
    return [[(letter, segment.style) for segment in strip for letter in segment.text] for strip in strips]


async def test_what_lies_below_is_drawn_as_textual_draws_it() -> None:
    app = Below()
    async with app.run_test(size=(40, 8)) as pilot:
        below = app.screen
        dialog = Question()
        await app.push_screen(dialog)
        await pilot.pause()
        color, width, height = dialog.styles.background, *app.size
        assert 0 < color.a < 1
        ours, theirs = (
            Visual.to_strips(dialog, visual, width, height, dialog.visual_style)
            for visual in (TintedScreen(below, color), RichVisual(dialog, BackgroundScreen(below, color)))
        )
        assert [strip.cell_length for strip in ours] == [width] * height
        assert "coloured 日本 loud" in ours[0].text
        assert cells(ours) == cells(theirs)
