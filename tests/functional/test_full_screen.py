"""One photograph as large as the terminal: gone through, looked at closely, judged, and left where one was."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from index_data import catalogue
from index_data.catalogue.conditions import Mark
from search.tui.app import ImgsearchApp
from search.tui.browse import full_screen
from search.tui.browse.full_screen import FullScreen
from search.tui.graphics.photo_view import PhotoView
from search.tui.screens.tags import TagScreen
from tests.dots import draws
from tests.functional.browsing import browsing
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices


async def test_going_through_and_judging(app: ImgsearchApp) -> None:
    async with browsing(app, size=(80, 24)) as browser:
        await browser.press("right", "enter")
        await browser.until_on(FullScreen)
        screen, library = app.screen, app.context.library
        view = screen.query_one(PhotoView)

        def words() -> str:
            return str(screen.query_one("#full-words", Static).render())

        await browser.until(lambda: f"2 of {COUNT}" in words(), "the words")
        # All but the words, four lines at most, and the keys is the picture.
        await browser.until(lambda: view.size.height >= 24 - 5, "a large picture")
        await browser.until(lambda: draws(browser.lines), "the picture")
        assert browser.grid.answer is not None
        images = browser.grid.answer.ranking.image_ids.tolist()
        await browser.press("right", "n", "left", "b", "right")
        await browser.until(lambda: f"3 of {COUNT}" in words())
        await browser.press("G", "n", "pageup", "g", "right", "right")
        await browser.until(lambda: f"3 of {COUNT}" in words())
        await browser.press("4")
        await browser.until(lambda: "★★★★☆" in words() and "Marked 1 photograph" in notices(app))
        await browser.press("6", "f", "p", "x")
        await browser.until(lambda: "red · rejected · favourite" in words())
        await browser.press("f")
        await browser.until(lambda: "favourite" not in words())
        assert library.read(catalogue.marks_of, images) == {
            images[2]: {Mark.RATING: "4", Mark.LABEL: "red", Mark.PICK: "rejected"}
        }
        await browser.press("u")
        await browser.until(lambda: "favourite" in words())
        await browser.press("t")
        await browser.until_on(TagScreen)
        await browser.press(*"sea", "enter")
        await browser.until(lambda: "sea" in words() and "Changed the tags of 1 photograph" in notices(app))
        await browser.press("e", "ctrl+u", *"ours", "enter")
        await browser.until(
            lambda: "ours" in words() and "Changed the caption of 1 photograph" in notices(app), "step 7"
        )
        assert app.context.state.drafts == {}
        await browser.press("e", "x", "escape", "right", "a")
        await browser.until(lambda: "Accepted the captions of 1 photograph" in notices(app))
        await browser.press("escape")
        await browser.until(lambda: app.screen is browser.screen)
        assert browser.grid.cursor == 3


async def test_a_closer_look_and_a_slide_show(app: ImgsearchApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_screen, "SLIDE_SECONDS", 0.01)
    async with browsing(app, size=(80, 24)) as browser:
        await browser.press("enter")
        await browser.until_on(FullScreen)
        screen = app.screen
        view = screen.query_one(PhotoView)
        await browser.until(lambda: draws(browser.lines))
        whole = app.export_screenshot()
        await browser.press("plus", "plus")
        assert view.zoom == 4
        await browser.until(lambda: app.export_screenshot() != whole, "the closer look")
        near = app.export_screenshot()
        await browser.press("right", "down")
        await browser.until(lambda: app.export_screenshot() != near, "what lies beside it")
        await browser.press(*["plus"] * 9, "minus")
        assert view.zoom == 8
        await browser.press("z")
        assert view.zoom == 1
        await browser.press("d")
        assert view.size.height == 24
        await browser.press("d", "s")
        seen = {str(screen.query_one("#full-words", Static).render())}

        def look() -> bool:
            seen.add(str(screen.query_one("#full-words", Static).render()))
            return len(seen) > 3

        await browser.until(look, "the slides")
        await browser.press("s", "q")
        await browser.until(lambda: app.screen is browser.screen)
