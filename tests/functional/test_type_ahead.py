"""Keys that arrive all at once, as over a slow connection: each acts where it would have, had the person waited."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.widgets import Input

from search.tui.app import ImgsearchApp
from search.tui.services.type_ahead import TypeAhead
from search.tui.services.write_queue import ThreadFailed
from tests.functional.browsing import browsing
from tests.functional.waiting import until


def type_at_once(app: App[None], *texts: str) -> None:
    """Posts texts, and the enter key by its name, without letting the app follow."""
    for text in texts:
        if text == "enter":
            app.post_message(events.Key(text, "\r"))
            continue
        for letter in text:
            app.post_message(events.Key(_character_to_key(letter), letter))


async def test_a_query_its_end_and_the_next_one(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        type_at_once(app, "/name:001", "enter", "/x")
        await browser.until(lambda: browser.bar.line.value == "x", "both queries")
        assert "name:001" in app.context.state.history
        assert browser.bar.line.has_focus


async def test_a_tag_is_written_in_its_line(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.until(lambda: browser.grid.image_id is not None)
        image = browser.grid.image_id
        assert image is not None
        # `s`, `e` and `a` are keys of the photographs, too.
        type_at_once(app, "tsea", "enter")
        await browser.until(lambda: app.context.annotations.tags([image]) == {image: ("sea",)}, "the tag")
        assert browser.app.screen is browser.screen


async def test_what_is_pasted_keeps_its_place(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        type_at_once(app, "/a")
        app.post_message(events.Paste("bc"))
        type_at_once(app, "d")
        await browser.until(lambda: browser.bar.line.value == "abcd", "the text in its order")


class Broken(App[None]):
    """An app in which a key fails."""

    told: Exception | None = None

    def on_mount(self) -> None:
        self.mount(Input())

    def on_thread_failed(self, message: ThreadFailed) -> None:
        self.told = message.error


async def test_an_error_of_a_key_that_had_to_wait_is_told() -> None:
    app = Broken()
    async with app.run_test() as pilot:
        given: list[str] = []

        async def give_on(event: events.Key | events.Paste) -> None:
            given.append(event.key if isinstance(event, events.Key) else event.text)
            if len(given) == 2:
                raise RuntimeError("no such key")

        typed = TypeAhead(app, give_on)
        for key in "abc":
            await typed.take(events.Key(key, key))
        await until(pilot, lambda: app.told is not None, what="the error")
        assert given == ["a", "b"]
        await typed.take(events.Key("d", "d"))
        await until(pilot, lambda: len(given) == 4, what="what was typed before it and afterwards")
        assert given == ["a", "b", "c", "d"]
