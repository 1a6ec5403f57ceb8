"""A catalogue that is cut short while the browser is open is a sentence, and the browser goes on until it is left."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index_data.library import Library
from search.tui.app import ImgsearchApp
from tests.functional.browsing import browsing
from tests.functional.waiting import notices

DAMAGE: dict[str, Callable[[Path], None]] = {
    "cut after a page": lambda file: os.truncate(file, 4096),
    "emptied": lambda file: os.truncate(file, 0),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_it_is_said_and_nothing_ends(app: ImgsearchApp, library: Library, damage: str) -> None:
    async with browsing(app) as browser:
        # What was written is in the file itself, and no connection holds pages of it.
        library.compact()
        library.close()
        DAMAGE[damage](library.paths.catalogue)
        await browser.press("slash", "ctrl+l", *"dog", "enter")
        await browser.press("t", "escape", "i", "escape", "c", "escape", "4", "5", "2", "a", "u", "1")
        name = library.paths.catalogue.name
        await browser.until(lambda: name in browser.note or name in notices(app), "the sentence")
        assert app.is_running
        assert app._exception is None
        await browser.press("q")
    assert app._exception is None
