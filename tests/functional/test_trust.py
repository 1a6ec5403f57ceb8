"""What a person must be able to rely on: nothing typed is lost, what is done is seen, and leaving takes no time."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from captioning.lazy_captioner import LazyCaptioner
from index_data.library import Library
from search.tui.app import ImgsearchApp
from search.tui.modes import MODES
from tests.functional.browsing import browsing
from tests.functional.test_type_ahead import type_at_once
from tests.functional.waiting import notices
from tests.patience import PATIENCE


async def test_the_search_key_marks_the_former_query(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.ask("name:00*")
        await browser.press("slash")
        await browser.write("a dog")
        assert browser.bar.line.value == "a dog"
        # What is typed without the enter key is kept, and can be left and come back to.
        await browser.until(lambda: app.context.state.history == ["name:00*", "a dog"], "the live query")
        await browser.press("escape", "slash", "end")
        await browser.write("s")
        assert browser.bar.line.value == "a dogs"
        await browser.until(lambda: app.context.state.query == "a dogs", "the next one")
        await browser.press("escape", "escape")
        await browser.until(lambda: browser.bar.line.value == "a dog", "the query before")
    assert app.context.state.history[-1] == "a dog"


class TypedTooEarly(ImgsearchApp):
    """Somebody types before there is a screen."""

    def on_load(self) -> None:
        type_at_once(self, "/dog")


async def test_what_is_typed_while_it_starts_is_not_lost_and_replaces_the_restored_query(
    library: Library, tiny_model: Path
) -> None:
    app = TypedTooEarly(library, model=tiny_model)
    app.type_ahead.patience = PATIENCE
    app.context.state.query = "name:00*"
    async with browsing(app) as browser:
        await browser.until(lambda: browser.bar.line.value == "dog", "all that was typed")
        await browser.until(lambda: app.context.state.query == "dog", "its answer")
        assert browser.bar.line.has_focus


async def test_own_tags_are_seen_when_it_is_said_that_they_are_there(
    app: ImgsearchApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browsing(app) as browser:
        await browser.until(lambda: browser.facts)
        seen: list[tuple[str, bool]] = []
        tell = browser.screen.notify

        def look(sentence: str, **options: Any) -> None:
            seen.append((sentence, "Tags" in browser.facts))
            tell(sentence, **options)

        monkeypatch.setattr(browser.screen, "notify", look)
        await browser.press("t", *"sea", "enter")
        await browser.until(lambda: len(seen) == 1, "what was done")
        await browser.press("u")
        await browser.until(lambda: len(seen) == 2, "that it was undone")
        await browser.press("U")
        await browser.until(lambda: len(seen) == 3, "that it was done again")
        await browser.press("U")
        await browser.until(lambda: "There is nothing to redo" in notices(app))
    assert seen == [
        ("Changed the tags of 1 photograph", True),
        ("Undid the tagging of 1 photograph", False),
        ("Redid the tagging of 1 photograph", True),
    ]


async def test_every_room_undoes(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        image = browser.grid.image_id
        assert image is not None
        annotations = app.context.annotations
        for mode in MODES:
            annotations.tag([image], add=[mode.name])
            await browser.press(mode.key)
            await browser.until(lambda mode=mode: app.current_mode == mode.name and app.screen.is_mounted, mode.name)  # type: ignore[misc]
            await browser.press("escape" if mode.name == "folders" else "f12", "u")
            await browser.until(lambda: annotations.tags([image]) == {}, f"the undoing in {mode.title}")


async def test_it_ends_while_a_picture_is_still_being_described_and_says_what_went_on(
    app: ImgsearchApp, tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describing, go_on = Event(), Event()
    describe = LazyCaptioner.describe

    def hold(*arguments: Any, **options: Any) -> Any:
        describing.set()
        assert go_on.wait(PATIENCE)
        return describe(*arguments, **options)

    monkeypatch.setattr(LazyCaptioner, "describe", hold)
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "new.png").write_bytes((photos / "000.png").read_bytes() + b"\0")
    async with browsing(app) as browser:
        assert app.context.scans.start([folder])
        await browser.until(describing.is_set, "the model")
        await browser.press("q")
    # The model has not answered yet.
    assert app.context.scans.running
    assert app.unfinished == "Indexing stopped before anything was indexed; the next scan goes on from there."
    go_on.set()
    assert app.context.scans.wait(PATIENCE)
