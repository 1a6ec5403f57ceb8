"""The duplicates room: groups side by side, what tells them apart, and away with the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.catalogue.conditions import Mark
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.tui.app import ImgsearchApp
from search.tui.screens.duplicates import CopyCard, DuplicatesScreen
from search.tui.screens.preview import PreviewScreen
from tests.functional.browsing import browsing
from tests.functional.waiting import notices
from tests.patience import PATIENCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photograph in three files, one of them a link; and another in two sizes."""
    folder = tmp_path / "own"
    folder.mkdir()
    generator = np.random.default_rng(3)
    Image.fromarray(generator.integers(0, 256, (40, 48, 3), np.uint8)).save(folder / "a.png")
    shutil.copy(folder / "a.png", folder / "b.png")
    (folder / "c.png").symlink_to("b.png")
    shutil.copy(folder / "a.png", folder / "d.png")
    smooth = np.kron(generator.integers(0, 256, (4, 4, 3), np.uint8), np.ones((16, 16, 1), np.uint8))
    large = Image.fromarray(smooth).resize((320, 320), Image.Resampling.BICUBIC)
    large.save(folder / "large.png")
    large.save(folder / "other.png", compress_level=0)
    return folder


@pytest.fixture
def app(tmp_path: Path, folder: Path, tiny_model: Path) -> Iterator[ImgsearchApp]:
    with Library.open(tmp_path / "own library", create=True) as library:
        list(index_folders(library, [folder], LazyCaptioner.open(tiny_model)))
        opened = ImgsearchApp(library, model=tiny_model)
        opened.type_ahead.patience = PATIENCE
        yield opened


async def test_groups_stand_side_by_side_and_the_rest_goes_to_the_trash_or_is_rejected(
    app: ImgsearchApp, folder: Path, trash: Path
) -> None:
    async with browsing(app, size=(160, 45)) as browser:
        await browser.press("D")
        await browser.until_on(DuplicatesScreen)
        screen = app.screen
        assert isinstance(screen, DuplicatesScreen)
        await browser.until(lambda: "group 1 of 2 · 4 copies of one file" in browser.lines)
        await browser.until(lambda: "link, stays" in browser.lines)
        cards = [card for card in screen.query(CopyCard) if card.display]
        assert [card.has_class("kept") for card in cards] == [True, False, False, False]
        assert (cards[0].border_title, cards[0].border_subtitle) == ("keep", "best")
        assert "48 \N{MULTIPLICATION SIGN} 40" in browser.lines
        assert "x Trash" in browser.lines.splitlines()[-1]
        # The disk is asked before anything is offered: the link stays, and what it leads to.
        await browser.press("right", "x")
        await browser.until_on(PreviewScreen)
        assert "Move 2 files to the trash, and keep 1 file?" in browser.lines
        assert "stays, it is a link:" in browser.lines
        await browser.press("escape", "left", "x")
        await browser.until_on(PreviewScreen)
        assert "Move 1 file to the trash, and keep 1 file?" in browser.lines
        assert "stays, a link leads to it:" in browser.lines
        await browser.press("enter")
        await browser.until(lambda: "Moved 1 photograph to the trash; u brings them back" in notices(app))
        assert [path.name for path in (trash / "files").iterdir()] == ["d.png"]
        await browser.until(lambda: "group 1 of 2 · 3 copies" in browser.lines)
        await browser.press("u")
        await browser.until(lambda: "Moved 1 photograph back from the trash" in notices(app))
        await browser.until(lambda: "group 1 of 2 · 4 copies" in browser.lines)
        await browser.press("r")
        await browser.until(lambda: "Copies of one file share their marks" in notices(app))
        # What has changed since it was indexed is never offered.
        (folder / "b.png").write_bytes(b"another")
        (folder / "d.png").unlink()
        await browser.press("x")
        await browser.until(lambda: "Nothing can go: " in notices(app))
        await browser.press("down")
        await browser.until(lambda: "group 2 of 2 · 2 look the same" in browser.lines)
        await browser.until(lambda: "other.png" in browser.lines)
        await browser.press("r")
        await browser.until(lambda: "Marked 1 photograph" in notices(app))
        images = app.context.library.read(catalogue.images_at, [bytes(folder / "large.png")])
        marks = app.context.library.read(catalogue.marks_of, list(images.values()))
        assert list(marks.values()) == [{Mark.PICK: "rejected"}]
        await browser.until(lambda: "rejected" in browser.lines, "the mark on its card")
        await browser.press("escape")
        await browser.until(lambda: app.screen is browser.screen)
