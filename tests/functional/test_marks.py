"""Ratings, colours, picks and favourites in the browser: set by a key each, seen at once, found again, taken back."""

from __future__ import annotations

from index_data import catalogue
from index_data.catalogue.conditions import Mark
from search.tui.app import ImgsearchApp
from search.tui.screens.marks import MarkScreen
from tests.functional.browsing import browsing
from tests.functional.waiting import notices


async def test_photographs_are_rated_and_found_by_it(app: ImgsearchApp) -> None:
    async with browsing(app, size=(160, 45)) as browser:
        first = browser.grid.image_id
        assert first is not None
        await browser.press("r")
        await browser.until_on(MarkScreen)
        assert "★★★★☆" in browser.lines
        await browser.press("4")
        await browser.until(lambda: "Marked 1 photograph" in notices(app))
        assert "★★★★☆" in browser.facts
        await browser.until(lambda: "★4" in browser.lines, "the stars in the grid")
        await browser.press("r", "r")
        await browser.until(lambda: "★★★★☆ · red" in browser.facts)
        await browser.press("space", "space", "r", "f")
        await browser.until(lambda: "Marked 2 photographs" in notices(app))
        marks = app.context.library.read(catalogue.marks_of, range(1, 13))
        assert marks[first] == {Mark.RATING: "4", Mark.LABEL: "red", Mark.FAVOURITE: "yes"}
        assert sorted(len(of) for of in marks.values()) == [1, 3]
        await browser.ask("rating:>3 label:red")
        assert browser.grid.count == 1
        await browser.press("u")
        await browser.until(lambda: "Undid the marks of 2 photographs" in notices(app))
        assert "favourite" not in browser.facts
        await browser.press("i")
        await browser.until(lambda: "label red" in browser.lines, "the history")
        await browser.press("escape", "r", "escape")
        assert app.screen is browser.screen
