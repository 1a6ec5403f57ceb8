"""Draws this folder's pictures of the terminal browser, from the photographs that packages carry.

python docs/screenshots.py
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.samples import copy_sample_photographs
from search.tui.app import ImgsearchApp
from search.tui.browse.grid import Grid

HERE = Path(__file__).parent
SHOTS: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "browser": ((160, 45), ("query:sort:path", *["right"] * 6)),
    "answer": ((120, 36), ("query:a cup of coffee on a table",)),
    "browser-small": ((80, 24), ("query:sort:path", "right", "minus")),
    "captions": ((120, 36), ("query:a cat", "c")),
    "review": ((120, 36), ("2", "G")),
}
"""Name, size of the terminal, and the keys that lead there."""


async def settle(app: ImgsearchApp, pilot: Pilot[None]) -> None:
    """Waits until everything is read and drawn."""
    for _ in range(5):
        await pilot.pause(0.2)
        await app.workers.wait_for_complete()


async def shoot(library: Library, name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    """Writes one picture."""
    app = ImgsearchApp(library)
    app.context.state.mode = "browse"
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        for key in keys:
            if key.startswith("query:"):
                app.screen.query_one("SearchBar").put(key.removeprefix("query:"))  # type: ignore[attr-defined]
            else:
                await pilot.press(key)
            await settle(app, pilot)
        for grid in app.screen.query(Grid):
            grid.refresh()
        await settle(app, pilot)
        picture = app.export_screenshot(title="imgsearch tui")
        # Who opens the picture should not ask another machine for a font.
        (HERE / f"{name}.svg").write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL), encoding="utf-8")


def main() -> None:
    """Makes a library and writes every picture."""
    with tempfile.TemporaryDirectory(prefix="imgsearch-") as scratch:
        photographs = Path(scratch) / "Pictures"
        copy_sample_photographs(photographs)
        with Library.open(Path(scratch) / "library", create=True) as library:
            list(index_folders(library, [photographs], LazyCaptioner.open(None)))
            coffee = [
                image
                for image, one in library.read(catalogue.images, library.read(catalogue.shown_images)).items()
                if b"coffee" in one.paths[0]
            ]
            Annotations(library).tag(coffee, add=["kitchen", "morning"])
            for name, (size, keys) in SHOTS.items():
                asyncio.run(shoot(library, name, size, keys))


if __name__ == "__main__":
    main()
