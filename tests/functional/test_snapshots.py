"""The main screens at three sizes and without colour: the words of the pictures, which a person has looked at.

Who wants to look at them again names a folder for them in the variable IMGSEARCH_TEST_SCREENS.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.color import Color
from textual.strip import Strip

from captioning.lazy_captioner import LazyCaptioner
from index_data.albums import add_to_album, save_search
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.tui.app import ImgsearchApp
from tests.dots import draws
from tests.functional.browsing import browsing

LARGE, SMALL, SMALLEST = (160, 45), (80, 24), (60, 20)

EXPECTED = {
    "browser": ("Search", "12 photographs", "newest first", "/ Search", "a Act", "? Help", "^p Palette"),
    "help": ("Keys and queries", "photographs that the query found", "Here", "esc closes"),
    "filters": ("Filters", "Taken after", "part of it, or a pattern", "Apply", "enter applies, esc closes"),
    "acts": ("1 photograph: what to do", "Move to a folder; the library follows", "press a key · esc closes"),
    "sort": ("What comes first", "Newest first", "In random order", "enter chooses, esc closes"),
    "album": ("Album for 1 photograph", "A new name makes an album", "tab completes", "esc cancels"),
    "albums": ("Albums, saved searches and history", "▣ Holiday 3 photographs", "★ Dogs a dog", "ctrl+d deletes"),
    "marks": ("Mark 1 photograph", "★★★★☆", "⚑ picked", "press a key · esc closes"),
    "timeline": ("Timeline", "no date of their own 12", "12 (file)", "enter shows, → unfolds, esc closes"),
    "history": ("History", "model proposed", "esc closes"),
    "duplicates": ("group 1 of 1 · 2 copies of one file", "keep", "000.png", "copy.png", "best", "x Trash"),
    "full": ("1 of 12", "esc Back", "n Next", "? Help"),
    "review": ("12 waiting · least sure first", "Queue", "0 of 12", "number 1 of 12", "a Accept", "? Help"),
    "folders": ("In the library", "On this machine", "None since the start", "a Add a folder", "s Settings"),
    "folder settings": ("Settings of a folder", "Leave out", "Pixels at most", "Store", "enter stores, esc closes"),
    "problems": ("1 skipped. Each is tried again when it changes", "not an image", "broken.jpg", "r Try again"),
    "status": ("Library", "photographs 12 at 13 paths", "skipped 1", "r Count again"),
    "settings": ("This browser", "Theme", "imgsearch-dark", "Thumbnails", "tab Next", "esc Back"),
    "details": ("Keywords", "by the model, not reviewed"),
    "mistake": ("^", "there is no filter"),
}
"""Words of each screen."""

KEYS = {
    "help": "question_mark",
    "filters": "f",
    "acts": "a",
    "sort": "s",
    "album": "p",
    "albums": "b",
    "marks": "r",
    "timeline": "T",
    "history": "i",
    "duplicates": "D",
    "full": "enter",
    "review": "2",
    "folders": "3",
    "folder settings": "3 s",
    "problems": "4",
    "status": "5",
    "settings": "6",
    "details": "d",
    "mistake": "slash",
}
"""Keys that lead from the browser to a screen."""

PICTURES = os.environ.get("IMGSEARCH_TEST_SCREENS")
"""Where pictures of the screens go, if anywhere."""

OPEN_AT_ONCE = {LARGE: ("browser", "details"), SMALL: ("browser",), SMALLEST: ("browser",)}
"""Screens to which no key leads."""

SCROLLED = {
    LARGE: (),
    SMALL: (),
    SMALLEST: ("filters", "acts", "folder settings", "folders", "settings", "problems", "review", "history"),
}
"""Screens of which a part is out of sight."""


def missing(shown: str, screen: str) -> list[str]:
    """Words that a screen should show and does not."""
    squeezed = re.sub(r"[\s│]+", " ", shown)
    return [expected for expected in EXPECTED[screen] if expected not in squeezed]


def all_grey(strips: Iterable[Strip]) -> bool:
    """Whether lines of a screen have no colour."""
    styles = {segment.style for strip in strips for segment in strip if segment.style}
    colours = {color.get_truecolor() for style in styles for color in (style.color, style.bgcolor) if color}
    colours.discard(Color.default().get_truecolor())
    return bool(colours) and all(colour.red == colour.green == colour.blue for colour in colours)


@pytest.fixture
def library(library: Library, tiny_model: Path, photos: Path, tmp_path: Path) -> Library:
    """Something for every room to show."""
    folder = tmp_path / "more"
    folder.mkdir()
    shutil.copy(photos / "000.png", folder / "copy.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    list(index_folders(library, [folder], LazyCaptioner.open(tiny_model)))
    add_to_album(library, "Holiday", [1, 2, 3])
    save_search(library, "Dogs", "a dog")
    return library


@pytest.mark.parametrize("size", [LARGE, SMALL, SMALLEST])
@pytest.mark.parametrize("colour", [True, False])
async def test_each_screen_says_what_it_should(
    library: Library,
    tiny_model: Path,
    size: tuple[int, int],
    colour: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app, size=size) as browser:
        await browser.until_drawn()
        for screen in (name for name in EXPECTED if name not in SCROLLED[size]):
            keys = "" if screen in OPEN_AT_ONCE[size] else KEYS[screen]
            await browser.press(*keys.split())
            if screen == "mistake":
                await browser.paste("dog colour:red")
            await browser.until(lambda screen=screen: not missing(browser.lines, screen), screen)  # type: ignore[misc]
            if PICTURES:
                app.save_screenshot(f"{screen} {size[0]}{'' if colour else ' grey'}.svg", PICTURES)
            # Nothing runs out of the screen at the right.
            assert max(strip.cell_length for strip in browser.strips) <= size[0]
            assert colour or (all_grey(browser.strips) and not draws(browser.lines))
            for key in ("escape", "1") if keys[:1].isdigit() else ("escape",) * bool(keys):
                await browser.press(key)


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
