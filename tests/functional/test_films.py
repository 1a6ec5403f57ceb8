"""Films in the browser: a moment stands for each, its neighbours are beside it, and it is judged like a photograph."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Input, Static

from captioning.images import read_pixels
from captioning.lazy_captioner import LazyCaptioner
from captioning.videos import read_facts, read_frame
from index_data import catalogue
from index_data.albums import add_to_album
from index_data.catalogue.records import ImageFacts, Moment, MomentDescription
from index_data.file_stamp import file_stamp
from index_data.film_times import named_moment
from index_data.library import Library
from search.tui.app import ImgsearchApp
from search.tui.browse.full_screen import FullScreen
from search.tui.browse.moment_strip import MomentStrip
from search.tui.review.queue_list import QueueList
from search.tui.review.screen import ReviewScreen
from search.tui.screens.dialogs import LineScreen
from tests.dots import draws
from tests.films import make_film
from tests.functional.browsing import Browsing, browsing
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices
from tests.patience import PATIENCE

SHOTS = [Moment(0.0, 2.0, 1.0), Moment(2.0, 4.0, 3.0), Moment(4.0, 6.0, 5.0)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scenes of one colour each."""
    path = tmp_path_factory.mktemp("films") / "trip.mp4"
    return make_film(path, [("red", 2.0), ("green", 2.0), ("blue", 2.0)])


@pytest.fixture
def app(library: Library, film: Path, tiny_model: Path) -> ImgsearchApp:
    """The app on a library that holds the film, as a scan stores it."""
    captioner = LazyCaptioner.open(tiny_model)
    pictures = [read_pixels(read_frame(film, shot.time), side=captioner.side) for shot in SHOTS]
    described = captioner.describe(np.stack(pictures))
    found = [MomentDescription(shot, at, said) for at, (shot, said) in enumerate(zip(SHOTS, described, strict=True))]
    facts, content = read_facts(film), hashlib.blake2b(film.read_bytes(), digest_size=32).digest()
    size, changed = file_stamp(film.stat())
    with library.writing(), library.transaction(write=True) as session:
        known = ImageFacts(facts.width, facts.height, facts.format)
        video = catalogue.add_video(session, content, byte_size=size, facts=known, duration=facts.duration)
        scan = catalogue.start_scan(session)
        catalogue.put_place(session, bytes(film), image_id=video, byte_size=size, mtime_ns=changed, scan_id=scan)
        catalogue.put_moments(session, video, found, model_id=catalogue.model_row(session, captioner.identity))
    opened = ImgsearchApp(library, model=tiny_model)
    opened.type_ahead.patience = PATIENCE
    return opened


def full_words(app: ImgsearchApp) -> str:
    return str(app.screen.query_one("#full-words", Static).render())


def strip(browser: Browsing) -> str:
    """The lines of the strip of moments."""
    part = browser.pane.query_one(MomentStrip)
    return "\n".join(part.render_line(y).text for y in range(part.size.height))


async def test_a_film_is_found_gone_through_judged_and_named(
    app: ImgsearchApp, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[bytes, float | None]] = []
    for module in ("acts", "full_screen"):
        monkeypatch.setattr(
            f"search.tui.browse.{module}.open_in_viewer", lambda path, *, at=None: opened.append((path, at))
        )
    with app.context.library.transaction() as session:
        video = catalogue.images_at(session, [bytes(film)])[bytes(film)]
        moments = list(catalogue.moments_of(session, video))
    add_to_album(app.context.library, "Scenes", moments)
    async with browsing(app, size=(160, 45), count=COUNT + 1) as browser:
        await browser.until(lambda: f"{COUNT} photographs  1 video" in browser.lines.splitlines()[0], "what is there")
        assert f"{COUNT} photographs and 1 moment" in browser.lines
        await browser.ask("type:video")
        await browser.until(lambda: "\N{BLACK RIGHT-POINTING TRIANGLE} 0:00 / 0:06" in browser.lines, "its length")
        await browser.until(lambda: "moment       0:00\N{EN DASH}0:02 of 0:06" in browser.facts, "when it is")
        assert browser.pane.border_title == "trip.mp4 0:00\N{EN DASH}0:02"
        times = strip(browser).splitlines()[-1].split()
        assert times == ["\N{BLACK RIGHT-POINTING TRIANGLE}", "0:00", "0:02", "0:04"]
        await browser.until(lambda: draws(strip(browser)), "the pictures of the moments")
        await browser.press("y", "o")
        assert app.clipboard == os.fsdecode(named_moment(bytes(film), SHOTS[0]))
        await browser.until(lambda: opened == [(bytes(film), 0.0)])
        # Through its moments, past whose ends there is nothing, and which are judged one by one.
        await browser.press("enter")
        await browser.until_on(FullScreen)
        await browser.press("down", "down", "down", "up", "4", "o")
        await browser.until(lambda: "moment 2 of 3" in full_words(app) and "★★★★☆" in full_words(app))
        assert "trip.mp4 · \N{BLACK RIGHT-POINTING TRIANGLE} 0:02\N{EN DASH}0:04 of 0:06" in full_words(app)
        await browser.until(lambda: opened[1:] == [(bytes(film), 2.0)])
        await browser.press("escape")
        await browser.ask("rating:4")
        assert [browser.grid.count, browser.grid.hit and browser.grid.hit.moment] == [1, SHOTS[1]]
        await browser.ask("type:video")
        # An album shows each moment, but their file is copied once.
        await browser.ask("album:Scenes")
        assert "3 moments" in browser.lines
        await browser.press("A", "a", "c")
        await browser.until_on(LineScreen)
        assert "Copy 1 file" in browser.lines
        app.screen.query_one(Input).value = str(tmp_path / "copies")
        await browser.press("enter")
        await browser.until(lambda: f"Copied 1 file to {tmp_path / 'copies'}" in notices(app))
        assert [path.name for path in (tmp_path / "copies").iterdir()] == ["trip.mp4"]
        await browser.press("escape")
        await browser.ask("type:video")
        # A click on a moment leads to it.
        await browser.until(lambda: "0:04" in strip(browser))
        await browser.pilot.click(MomentStrip, offset=(2 * 13 + 2, 1))
        await browser.until_on(FullScreen)
        await browser.until(lambda: "moment 3 of 3" in full_words(app))
        await browser.press("escape", "v")
        await browser.until_on(ReviewScreen)
        queue = app.screen.query_one(QueueList)
        await browser.until(lambda: len(queue.images) == 3, "its moments")
        await browser.until(lambda: "· 0:02 " in browser.lines and "trip.mp4 0:00\N{EN DASH}0:02" in browser.lines)


async def test_a_film_is_told_in_words_where_there_are_no_colours(
    app: ImgsearchApp, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plain = ImgsearchApp(app.context.library, model=tiny_model)
    async with browsing(plain, size=(80, 24), count=COUNT + 1) as browser:
        await browser.ask("type:video")
        await browser.until(lambda: "\N{BLACK RIGHT-POINTING TRIANGLE} 0:00\N{EN DASH}0:02 trip.mp4" in browser.lines)
        assert f"{COUNT}  \N{BLACK RIGHT-POINTING TRIANGLE} 1" in browser.lines.splitlines()[0]
        await browser.press("d")
        await browser.until(lambda: "0:02" in strip(browser), "the times of its moments")
        assert not draws(strip(browser))
