"""The main screens at three sizes and without colour: the words of the pictures, which a person has looked at."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from index_data.library import Library
from search.tui.app import ImgsearchApp
from tests.dots import draws
from tests.functional.browsing import browsing

SIZES = {"small": (80, 24), "large": (160, 45), "smallest": (60, 20), "smallest without colour": (60, 20)}

EXPECTED = {
    "browser": ("Search", "12 photographs", "newest first", "/ Search", "a Act", "? Help", "^p Palette"),
    "help": ("Keys and queries", "photographs that the query found", "Here", "esc closes"),
    "filters": ("Filters", "Taken after", "part of it, or a pattern", "Apply", "enter applies, esc closes"),
    "acts": ("1 photograph: what to do", "Move to a folder; the library follows", "press a key · esc closes"),
    "sort": ("What comes first", "Newest first", "In random order", "enter chooses, esc closes"),
    "full": ("1 of 12", "esc Back", "n Next", "? Help"),
    "details": ("Keywords", "by the model, not reviewed"),
    "mistake": ("^", "there is no filter"),
}
"""Words of each screen."""

SMALLEST = ("browser", "help", "full", "sort", "details", "mistake")
"""Screens that fit the smallest terminal; the others are scrolled there."""

KEYS = {
    "full": ("enter",),
    "browser": (),
    "help": ("question_mark",),
    "filters": ("f",),
    "acts": ("a",),
    "sort": ("s",),
    "mistake": ("slash",),
}


def words(svg: str) -> str:
    """The text of an exported picture, line by line."""
    lines: dict[float, list[tuple[float, str]]] = {}
    pattern = r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>'
    for x, y, text in re.findall(pattern, svg):
        lines.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    rows = ("".join(text for _, text in sorted(lines[y])) for y in sorted(lines))
    return "\n".join(rows)


@pytest.mark.parametrize("size", SIZES)
async def test_each_screen_says_what_it_should(
    library: Library, tiny_model: Path, size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if size.endswith("without colour"):
        monkeypatch.setenv("NO_COLOR", "1")
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app, size=SIZES[size]) as browser:
        await browser.until_drawn()
        for screen, expected in EXPECTED.items():
            if size.startswith("smallest") and screen not in SMALLEST:
                continue
            keys = KEYS.get(screen, () if size == "large" else ("d",))
            await browser.press(*keys)
            if screen == "mistake":
                await browser.paste("dog colour:red")
                await browser.until(lambda: browser.bar.has_class("wrong"))
            if screen == "full":
                await browser.until(lambda: "1 of 12" in browser.lines)
            if screen == "details" or (screen == "browser" and size == "large"):
                await browser.until(lambda: "by the model" in browser.facts)
            picture = app.export_screenshot()
            (tmp_path / f"{screen}-{size}.svg").write_text(picture, encoding="utf-8")
            shown = words(picture)
            squeezed = re.sub(r"\s+", " ", shown)
            assert [words for words in expected if words not in squeezed] == [], shown
            # Nothing runs out of the screen at the right.
            assert max(len(line) for line in shown.splitlines()) <= SIZES[size][0]
            if keys:
                await browser.press("escape")


async def test_every_theme_draws_every_screen(app: ImgsearchApp) -> None:
    async with browsing(app, size=(120, 40)) as browser:
        await browser.until_drawn()
        for theme in ("imgsearch-light", "high-contrast-dark", "high-contrast-light", "textual-ansi", "nord"):
            if theme in app.available_themes:
                app.theme = theme
            await browser.pilot.pause()
            assert "12 photographs" in browser.lines
            assert app.context.state.theme == app.theme
            await browser.press("question_mark", "escape")
            await browser.until_drawn()
            assert draws(browser.lines)
