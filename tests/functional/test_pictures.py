"""Pictures that are gone, and terminals that show none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual_image.widget.sixel import Image as SixelImage

from index_data import catalogue
from index_data.library import Library
from index_data.settings import Settings
from search.tui.app import ImgsearchApp
from search.tui.browse.full_screen import FullScreen
from search.tui.graphics.inline_image import InlineImage
from search.tui.services.state import State, write_state
from tests.dots import draws
from tests.functional.browsing import browsing
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices


async def test_without_colour_the_caption_stands_in_the_cell(
    library: Library, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app, count=COUNT) as browser:
        await browser.until(lambda: "000.png" in browser.lines)
        assert not draws(browser.lines)
        # A cell is as high as its words, so that there are no holes of the size of a picture.
        assert browser.grid.cell_layout.height == 5
        await browser.press("enter")
        await browser.until(lambda: isinstance(app.screen, FullScreen) and app.screen.has_class("without-picture"))
        words = app.screen.query_one("#full-words")
        await browser.until(lambda: words.size.height > 30, "words that fill the screen")


async def test_a_photograph_that_is_gone_says_so(library: Library, tiny_model: Path) -> None:
    seen = library.read(catalogue.seen_images, library.read(catalogue.shown_images))
    own = library.paths.folder.parent / "own"
    own.mkdir()
    # The catalogue names a place that this test may empty.
    from sqlalchemy import text

    with library.transaction(write=True) as session:
        for image, record in seen.items():
            session.execute(
                text("UPDATE place SET path = :path WHERE image_id = :image"),
                {"path": os.fsencode(own / record.files[0].path.decode().rpartition("/")[2]), "image": image},
            )
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app) as browser:
        await browser.until_drawn()
        assert browser.lines.count("the file is gone") >= 2
        assert not draws(browser.lines)


async def test_thumbnails_are_kept_on_the_disk(app: ImgsearchApp, library: Library) -> None:
    async with browsing(app) as browser:
        await browser.until_drawn()
    kept = list(library.paths.thumbnails.rglob("*.webp"))
    assert len(kept) == COUNT
    assert library.stray_files() == []


async def test_a_read_only_library_is_browsed_without_a_cache(
    library: Library, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a folder that takes no files says; the tests may run as one who may write everywhere.
    real = os.open

    def closed(path: object, flags: int, *rest: int, **options: int) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY) and os.fspath(library.paths.folder) in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", closed)
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app, count=COUNT) as browser:
        await browser.until_drawn()
        assert draws(browser.lines)
        await browser.ask("name:00*")
        await browser.until(lambda: "cannot be kept" in notices(app), "the complaint")
    assert not list(library.paths.folder.rglob("*.webp"))


async def test_a_damaged_state_starts_afresh_and_says_so(library: Library, tiny_model: Path) -> None:
    library.paths.tui_state.write_bytes(b"{")
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app, count=COUNT):
        assert "start afresh" in notices(app)
    assert library.paths.tui_state.read_bytes().startswith(b"{\n")


async def test_theme_and_last_query_come_back(library: Library, tiny_model: Path) -> None:
    write_state(library.paths.tui_state, State(theme="high-contrast-light", query="name:00*", thumbnails="small"))
    app = ImgsearchApp(library, model=tiny_model)
    async with browsing(app) as browser:
        await browser.until(lambda: browser.bar.line.value == "name:00*")
        assert app.theme == "high-contrast-light"
        assert browser.grid.cell_layout.columns < 20


@pytest.mark.parametrize("method", ["iterm2", "sixel"])
async def test_what_is_no_text_is_sent_once_where_the_photograph_stands(
    library: Library, tiny_model: Path, method: str
) -> None:
    app = ImgsearchApp(library, model=tiny_model, settings=Settings(pictures=method))
    async with browsing(app) as browser:
        carriers = browser.pane.query(SixelImage)
        await browser.until(lambda: any(carrier.display for carrier in carriers), "the picture")
        (carrier,) = (carrier for carrier in carriers if carrier.display)
        assert isinstance(carrier, InlineImage) is (method == "iterm2")
        await browser.until(lambda: carrier.query("*") and carrier.query("*").first().size.height > 1)
        inner = carrier.query("*").first()
        sent = "".join(segment.text for strip in inner.render_lines(inner.size.region) for segment in strip)
        start = {"iterm2": "\x1b]1337;File=inline=1;", "sixel": "\x1bP"}[method]
        assert sent.count(start) == 1
        # In the grid, what scrolls stays text.
        await browser.until(lambda: draws(browser.lines), "the grid")
