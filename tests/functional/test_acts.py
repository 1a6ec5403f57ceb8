"""What is done in the browser with photographs that are marked: one menu, and all of it told and taken back."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import OptionList

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.errors import LibraryNotWritableError
from index_data.library import Library
from index_data.relocation import Outcome
from index_data.scan.pipeline import index_folders
from search.output.external_viewer import VARIABLE
from search.tui.app import ImgsearchApp
from search.tui.browse.act_menu import ACTS, ActScreen
from search.tui.browse.full_screen import FullScreen
from search.tui.browse.screen import BrowserScreen
from search.tui.screens.dialogs import LineScreen
from search.tui.screens.file_work import FileWorkScreen, Work, WorkDone
from search.tui.screens.preview import PreviewScreen
from search.tui.screens.tags import TagScreen
from tests.functional.browsing import Browsing, browsing
from tests.functional.waiting import notices
from tests.patience import PATIENCE


@pytest.fixture
def own_photos(tmp_path: Path, photos: Path) -> Path:
    """Six photographs that the test may move."""
    folder = tmp_path / "own"
    folder.mkdir()
    for path in sorted(photos.iterdir())[:6]:
        shutil.copy(path, folder)
    return folder


@pytest.fixture
def own_app(tmp_path: Path, own_photos: Path, tiny_model: Path) -> Iterator[ImgsearchApp]:
    """The app on a library of them."""
    with Library.open(tmp_path / "own library", create=True) as library:
        list(index_folders(library, [own_photos], LazyCaptioner.open(tiny_model)))
        app = ImgsearchApp(library, model=tiny_model)
        app.type_ahead.patience = PATIENCE
        yield app


async def choose(browser: Browsing, key: str) -> None:
    await browser.press("a")
    await browser.until_on(ActScreen)
    await browser.press(key)


async def answer(browser: Browsing, text: str) -> None:
    """Writes a line into the window that asks for one."""
    await browser.until_on(LineScreen)
    await browser.press("ctrl+u")
    await browser.paste(text)
    await browser.press("enter")
    await browser.until(lambda: not isinstance(browser.app.screen, (LineScreen, FileWorkScreen)), "the work")


async def test_one_menu_offers_every_act_and_copies_sheets_words_tags_and_acceptance_come_of_it(
    own_app: ImgsearchApp, tmp_path: Path, own_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "true")
    out = tmp_path / "out"
    async with browsing(own_app, size=(160, 45), count=6) as browser:
        await browser.ask("sort:path")
        assert "a Act" in browser.lines
        await browser.press("space", "space")
        await browser.press("a")
        await browser.until_on(ActScreen)
        assert "2 photographs: what to do" in browser.lines
        assert all(text in browser.lines for _, text in ACTS.values())
        await browser.press("c")
        await answer(browser, str(out))
        await browser.until(lambda: f"Copied 2 photographs to {out}" in notices(own_app))
        assert sorted(path.name for path in out.iterdir()) == ["000.png", "001.png"]
        # The marks stay for the next act, and the folder for the next copy.
        await choose(browser, "s")
        await answer(browser, str(out / "sheet.html"))
        await browser.until(lambda: f"Wrote {out}/sheet.html" in notices(own_app))
        assert (out / "sheet.html").read_text().count("<figure>") == 2
        await choose(browser, "e")
        await answer(browser, str(out / "words.csv"))
        await browser.until(lambda: "Wrote the words of 2 photographs" in notices(own_app))
        assert len((out / "words.csv").read_text().splitlines()) == 3
        await choose(browser, "e")
        await answer(browser, str(out / "words.csv"))
        await browser.until(lambda: "words.csv is there already; name another file" in notices(own_app))
        await choose(browser, "e")
        await answer(browser, str(out / "words.txt"))
        await browser.until(lambda: "names a format that is only read" in notices(own_app))
        await choose(browser, "a")
        await browser.until(lambda: "Accepted the captions of 2 photographs" in notices(own_app))
        await choose(browser, "t")
        await browser.until_on(TagScreen)
        await browser.press("escape")
        await choose(browser, "o")
        await choose(browser, "escape")
        await browser.until_on(BrowserScreen)
        # Each failure is a sentence, and the rest goes on.
        (own_photos / "000.png").unlink()
        await browser.press("a", "c")
        await browser.until_on(LineScreen)
        await browser.press("ctrl+u")
        await browser.paste(str(tmp_path / "more"))
        await browser.press("enter")
        await browser.until(lambda: "1 done, 1 left out:" in browser.lines)
        sentence = str(own_app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        assert sentence == f"not copied: {own_photos}/000.png: No such file or directory"
        await browser.press("escape")
        await browser.until(lambda: "Copied 1 photograph" in notices(own_app))


async def test_photographs_are_moved_and_trashed_once_confirmed_and_come_back_by_undo(
    own_app: ImgsearchApp, tmp_path: Path, own_photos: Path, trash: Path
) -> None:
    out = tmp_path / "out"
    library = own_app.context.library
    async with browsing(own_app, size=(160, 45), count=6) as browser:
        await browser.ask("sort:path")
        first = browser.grid.image_id
        assert first is not None
        await choose(browser, "m")
        await answer(browser, str(out))
        await browser.until(lambda: f"Moved 1 photograph to {out}; u moves back" in notices(own_app))
        assert library.read(catalogue.places_of, first) == [bytes(out / "000.png")]
        await browser.until(lambda: str(out) in browser.facts, "the new path in the pane")
        await browser.press("u")
        await browser.until(lambda: "Moved 1 photograph back" in notices(own_app))
        assert (own_photos / "000.png").exists()
        # Nothing goes to the trash before a person confirms, who reads how many.
        await browser.press("home", "space", "space", "delete")
        await browser.until_on(PreviewScreen)
        assert "Move 2 photographs to the trash?" in browser.lines
        await browser.press("escape")
        assert not trash.exists()
        await choose(browser, "x")
        await browser.until_on(PreviewScreen)
        await browser.press("enter")
        await browser.until(lambda: "Moved 2 photographs to the trash; u brings them back" in notices(own_app))
        await browser.until(lambda: browser.grid.count == 4, "the grid without them")
        assert browser.grid.marked == set()
        assert sorted(path.name for path in (trash / "files").iterdir()) == ["000.png", "001.png"]
        await browser.press("u")
        await browser.until(lambda: "Moved 2 photographs back from the trash" in notices(own_app))
        await browser.until(lambda: browser.grid.count == 6, "the grid with them")
        # In the full view as well, which goes on to the next.
        await browser.press("home", "enter")
        await browser.until_on(FullScreen)
        await browser.press("delete")
        await browser.until_on(PreviewScreen)
        await browser.press("enter")
        await browser.until(lambda: "2 of 6" in browser.lines, "the next photograph")
        await browser.until(lambda: notices(own_app).count("Moved 1 photograph to the trash") == 1)
        await browser.press("u", "left")
        await browser.until(lambda: "Moved 1 photograph back from the trash" in notices(own_app))
        await browser.until(lambda: "000.png" in browser.lines, "the photograph that came back")
        assert (own_photos / "000.png").exists()


async def test_a_bar_tells_how_far_it_is_and_escape_stops_after_the_file_in_hand(app: ImgsearchApp) -> None:
    begun, go_on = threading.Event(), threading.Event()
    closed: list[bool] = []

    def outcomes() -> Iterator[Outcome]:
        try:
            for number in range(1000):
                begun.set()
                go_on.wait(PATIENCE)
                yield Outcome(b"%d" % number)
        finally:
            closed.append(True)

    done: list[WorkDone | None] = []
    async with browsing(app, size=(80, 24)) as browser:
        app.push_screen(FileWorkScreen(Work("Moving", 1000, outcomes, str)), done.append)
        await browser.until(begun.is_set)
        assert "0 of 1,000" in browser.lines
        assert "esc stops after this file" in browser.lines
        await browser.press("escape")
        assert "stopping" in browser.lines
        go_on.set()
        await browser.until(lambda: done, "the end")
    assert done == [WorkDone((b"0",), (), stopped=True)]
    assert closed == [True]


async def test_what_ends_the_work_is_told(app: ImgsearchApp) -> None:
    def outcomes() -> Iterator[Outcome]:
        yield Outcome(b"a")
        raise LibraryNotWritableError("the disk is full")

    done: list[WorkDone | None] = []
    async with browsing(app, size=(80, 24)) as browser:
        app.push_screen(FileWorkScreen(Work("Moving", 2, outcomes, str)), done.append)
        await browser.until(lambda: done, "the end")
    assert done == [WorkDone((b"a",), error="the disk is full")]
