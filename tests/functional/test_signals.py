"""A signal that asks the program to end: what was done is stored, and what was begun is there at the next start."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from index_data.errors import LibraryNotWritableError
from index_data.library import Library
from search.tui import app as tui_app
from search.tui.app import ImgsearchApp
from search.tui.services.state import read_state
from search.tui.widgets.completion_input import CompletionInput
from tests.functional.test_review import opened
from tests.functional.waiting import notices
from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signals")


@pytest.fixture(params=["SIGTERM", "SIGHUP", "SIGINT"])
def number(request: pytest.FixtureRequest) -> Iterator[int]:
    """A signal that would end the tests, were it not heeded."""
    number = int(getattr(signal, request.param))
    former = signal.signal(number, lambda *_: None)
    yield number
    signal.signal(number, former)


@pytest.fixture
def own_process(app: ImgsearchApp, monkeypatch: pytest.MonkeyPatch) -> ImgsearchApp:
    """The app as if this process were its own."""
    monkeypatch.setattr(tui_app, "shorten_pauses", lambda: None)
    monkeypatch.setattr(app, "shorten_pauses", True)
    return app


async def ended(app: ImgsearchApp) -> None:
    end = time.monotonic() + PATIENCE
    while not app._exit:
        assert time.monotonic() < end, "it did not heed the signal"
        await asyncio.sleep(0.01)


async def test_what_was_done_and_what_was_begun_is_kept(
    own_process: ImgsearchApp, library: Library, number: int
) -> None:
    app = own_process
    async with opened(app) as review:
        judged = review.queue.images[:3]
        await review.pilot.press(*"aaa")
        await review.press("e", "ctrl+u", *"half a")
        item = review.queue.item(review.image)
        assert item is not None
        # Twice, as somebody does who has no patience.
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        await ended(app)
    stored = app.context.annotations.captions(judged)
    assert [captions[0].state for captions in stored.values()] == ["accepted"] * 3
    state, _ = read_state(library.paths.tui_state)
    assert state.draft(item.paths[0]) == "half a"


async def test_what_was_begun_is_there_at_the_next_start(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        image, item = review.image, review.queue.item(review.image)
        assert item is not None
        app.context.state.keep_draft(item.paths[0], "half a")
        await review.press("e")
        assert review.card.query_one(CompletionInput).line.value == "half a"
        assert "is here again" in notices(app)
        await review.press("enter")
        await review.until_shown(image, "accepted")
        shown = review.shown(image)
        assert shown is not None
        assert shown.text == "half a"
        assert app.context.state.drafts == {}


async def test_a_draft_goes_when_it_is_given_up_and_stays_when_it_is_refused(
    app: ImgsearchApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(app) as review:
        await review.press("e", "x", "escape")
        assert app.context.state.drafts == {}

        def refuse(*_: object) -> None:
            raise LibraryNotWritableError("the disk is full")

        monkeypatch.setattr(app.context.annotations, "edit", refuse)
        await review.press("e", "ctrl+u", *"new words", "enter")
        await review.until(lambda: "disk is full" in notices(app), "the refusal")
        assert list(app.context.state.drafts.values()) == ["new words"]
