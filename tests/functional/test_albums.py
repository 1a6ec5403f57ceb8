"""Albums and the timeline in the browser: filled by a key, opened from a list, taken back; months to look at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from index_data import catalogue
from index_data.catalogue import schema
from index_data.library import Library
from search.tui.app import ImgsearchApp
from search.tui.browse.queries import QueriesScreen
from search.tui.browse.timeline import TimelineScreen
from search.tui.screens.albums import AlbumScreen
from tests.functional.browsing import Browsing, browsing
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices


def order(browser: Browsing) -> list[int]:
    """The photographs of the grid."""
    assert browser.grid.answer is not None
    return browser.grid.answer.ranking.image_ids.tolist()  # type: ignore[no-any-return]


async def test_photographs_are_put_into_an_album_and_found_there(app: ImgsearchApp, library: Library) -> None:
    app.context.state.saved = {"Dogs": "a dog", "bad*name": "a cat"}
    async with browsing(app, size=(160, 45)) as browser:
        await browser.press("less_than_sign")
        assert "only the photographs of an album can be put in order" in notices(app)
        await browser.press("space", "space", "p")
        await browser.until_on(AlbumScreen)
        await browser.until(lambda: "in no album yet" in browser.lines)
        await browser.write("My trip")
        await browser.press("enter")
        await browser.until(lambda: 'Put 2 photographs into the album "My trip"' in notices(app))
        # Nothing is marked any more, and the album that was named last is offered at once.
        await browser.press("escape", "end", "a", "p")
        await browser.until_on(AlbumScreen)
        await browser.press("enter")
        await browser.until(lambda: 'Put 1 photograph into the album "My trip"' in notices(app))
        assert "My trip" in browser.facts
        await browser.press("b")
        await browser.until_on(QueriesScreen)
        await browser.until(lambda: "3 photographs" in browser.lines, "the list of albums")
        # Searches that an earlier version saved beside the library came along.
        assert [album.name for album in library.read(catalogue.albums)] == ["Dogs", "My trip"]
        assert app.context.state.saved == {"bad*name": "a cat"}
        await browser.write("trip")
        await browser.press("enter")
        await browser.until(lambda: browser.grid.count == 3, "what the album holds")
        assert browser.bar.line.value == 'album:"My trip"'
        assert "in the order of the album" in browser.lines
        # Two keys at once move it past both others, and the cursor goes with it.
        first, second, third = order(browser)
        await browser.press("home", "greater_than_sign", "greater_than_sign")
        await browser.until(lambda: order(browser) == [second, third, first], "the new order")
        assert browser.grid.image_id == first
        await browser.press("greater_than_sign")
        await browser.until(lambda: "There is nothing to change" in notices(app))
        await browser.press("less_than_sign")
        await browser.until(lambda: order(browser) == [second, first, third])
        await browser.press("i")
        await browser.until(lambda: "you moved in" in browser.lines, "the history")
        await browser.press("escape")
        await browser.press("slash", "ctrl+l")
        await browser.write('album:"my')
        await browser.until(lambda: 'album:"my trip"' in browser.lines, "the ending of the name")
        await browser.press("end", "right", "enter")
        await browser.until(lambda: browser.bar.line.value == 'album:"my trip"' and browser.grid.count == 3)
        await browser.press("home", "p")
        await browser.until_on(AlbumScreen)
        await browser.press("minus")
        await browser.write("my T")
        await browser.until(lambda: "My trip" in str(app.screen.query_one(".endings").render()))
        await browser.press("tab", "enter")
        await browser.until(lambda: 'Took 1 photograph out of the album "My trip"' in notices(app))
        await browser.until(lambda: browser.grid.count == 2, "what is left in the album")
        await browser.press("u")
        await browser.until(lambda: "Undid the change of the albums of 1 photograph" in notices(app))
        await browser.until(lambda: browser.grid.count == 3, "what came back")
        await browser.press("b")
        await browser.until_on(QueriesScreen)
        await browser.until(lambda: "3 photographs" in browser.lines)
        await browser.press("ctrl+d")
        await browser.until(lambda: "its photographs stay; u takes it back" in notices(app))
        await browser.press("ctrl+d")
        await browser.until(lambda: 'Deleted the saved search "Dogs", which asked for: a dog' in notices(app))
        await browser.press("escape")
        await browser.until(lambda: "there is no album or saved search" in browser.note, "that the album is gone")
        await browser.press("u")
        await browser.until(lambda: browser.grid.count == 3, "the album with its photographs")


async def test_the_timeline_counts_months_and_leads_to_one(app: ImgsearchApp, library: Library) -> None:
    with library.transaction(write=True) as session:
        for image, month in ((1, 7), (2, 7), (3, 1)):
            taken = update(schema.Image).where(schema.Image.id == image).values(taken_at=datetime(2019, month, 3, 12))
            session.execute(taken)
    async with browsing(app) as browser:
        newest = library.read(catalogue.months)[0].month[:4]
        await browser.press("T")
        await browser.until_on(TimelineScreen)
        await browser.until(lambda: "▸ 2019" in browser.lines, "the years")
        assert f"▾ {newest}" in browser.lines
        assert f"{COUNT - 3} (file)" in browser.lines
        assert "July 2019" not in browser.lines
        await browser.press("G", "k", "right", "down")
        assert "no date of their own" in browser.lines
        await browser.until(lambda: "January 2019" in browser.lines, "the months")
        await browser.press("enter")
        await browser.until(lambda: browser.grid.count == 2, "the photographs of July")
        assert browser.bar.line.value == "on:2019-07"
        await browser.until(lambda: "03 July 2019, 12:00" in browser.facts, "its own date")
        await browser.press("T")
        await browser.until_on(TimelineScreen)
        # What is chosen is where one was, and everything is counted again.
        await browser.until(lambda: f"▸ {newest}" in browser.lines)
        await browser.press("left")
        await browser.until(lambda: "January 2019" not in browser.lines, "the year alone")
        await browser.press("g", "enter")
        await browser.until(lambda: browser.grid.count == COUNT - 3, "the photographs of this year")
        await browser.until(lambda: "(file)" in browser.facts, "the date of the file, marked")
        await browser.press("T")
        await browser.until_on(TimelineScreen)
        await browser.until(lambda: "no date of their own" in browser.lines)
        await browser.press("G", "enter")
        await browser.until(lambda: browser.bar.line.value == "on:none")
        await browser.until(lambda: browser.grid.count == COUNT - 3, "what bears no date")
