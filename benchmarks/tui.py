"""Times from a key to the repaint that shows what it did, with a large library, at rest and while a scan runs.

python -m benchmarks.tui [--images N] [--json FILE]

The repaint counts as done when its escape sequences are spelled out, as they are for a terminal. `own` is the time of
the processor that the interface's thread took: it does not grow with what else the machine does. `steps` are the
times of single steps of its loop, of the processor too and without putting lines on the screen: a frame is 16 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from textual import events
from textual._compositor import CompositorUpdate
from textual.screen import Screen
from textual.widgets import Input

from benchmarks.query_speed import fill
from captioning.runtime.tuning import shorten_pauses
from index_data.library import Library
from search.engine.answer import Answer
from search.tui.app import ImgsearchApp
from search.tui.browse.grid import Grid

SIZE = (160, 45)
KEYS = ("right", "down", "right", "down", "pagedown", "left", "up", "pagedown", "pageup", "end", "home", "down") * 12
LETTERS = "a dog runs on the beach " * 3
FURTHER = " runs on the beach with a ball in the evening"
"""Typed behind a word that the model knows, so that there is an answer to each letter."""

NEW = 2_500
"""Photographs that are indexed meanwhile: enough that there are some left when the last key is pressed."""

DRAWN = 60
"""Pictures that are drawn; further files hold the same ones."""

SHOWN = 600
"""Photographs at each end of the order that have a file; the keys reach no others."""


class TimedApp(ImgsearchApp):
    """Notes when a repaint is done."""

    painted: asyncio.Event | None = None
    shows: Any = None

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if isinstance(renderable, CompositorUpdate):
            # Without a terminal Textual leaves this out, and it is a good part of the work.
            renderable.render_segments(self.console)
        super()._display(screen, renderable)
        if self.painted is not None and self.shows():
            self.painted.set()


def photographs(folder: Path, count: int, *, side: int = 900) -> list[Path]:
    """Draws pictures that take as long to decode as photographs of their size; no two files are the same."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(min(count, DRAWN)):
        noise = Image.fromarray(generator.integers(0, 256, (side // 8, side // 6, 3), np.uint8))
        picture = noise.resize((side * 4 // 3, side)).filter(ImageFilter.GaussianBlur(2))
        data = BytesIO()
        picture.save(data, "JPEG", quality=90)
        drawn.append(data.getvalue())
    for number in range(count):
        # What stands behind a picture's end is another file, and not another picture.
        (folder / f"{number:04d}.jpg").write_bytes(drawn[number % len(drawn)] + str(number).encode())
    return sorted(folder.iterdir())


def place(folder: Path, pictures: list[Path]) -> None:
    """Gives files to the photographs that the keys reach."""
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as connection, connection:
        ids = [image for (image,) in connection.execute("SELECT image_id FROM place ORDER BY image_id")]
        links = folder / "links"
        links.mkdir(mode=0o700)
        for image in {*ids[:SHOWN], *ids[-SHOWN:]}:
            link = links / f"{image}.jpg"
            link.hardlink_to(pictures[image % len(pictures)])
            status = link.stat()
            connection.execute(
                "UPDATE place SET path = ?, byte_size = ?, mtime_ns = ? WHERE image_id = ?",
                (os.fsencode(link), status.st_size, status.st_mtime_ns, image),
            )


@contextmanager
def timing_steps() -> Iterator[list[float]]:
    """Collects the seconds of the processor that each step of this thread's loop takes, but for drawing the screen."""
    run, draw, thread = asyncio.Handle._run, Screen._on_timer_update, threading.get_ident()
    steps: list[float] = []
    drawing = 0.0

    def timed_draw(screen: Screen[Any]) -> None:
        nonlocal drawing
        start = time.thread_time()
        draw(screen)
        drawing += time.thread_time() - start

    def timed_run(handle: asyncio.Handle) -> None:
        nonlocal drawing
        start, drawing = time.thread_time(), 0.0
        run(handle)
        if threading.get_ident() == thread:
            steps.append(time.thread_time() - start - drawing)

    Screen._on_timer_update = timed_draw  # type: ignore[method-assign,assignment]
    asyncio.Handle._run = timed_run  # type: ignore[method-assign,assignment]
    try:
        yield steps
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        Screen._on_timer_update = draw  # type: ignore[method-assign]


async def time_keys(app: TimedApp, keys: Iterable[str], shown: Any) -> list[tuple[float, float]]:
    """Seconds from each key to the repaint that shows it, and what the interface took of the processor meanwhile."""
    spent = []
    for key in keys:
        before = shown()
        app.shows = lambda before=before: shown() != before
        app.painted = asyncio.Event()
        start, work = time.perf_counter(), time.thread_time()
        app.post_message(events.Key(key, key if len(key) == 1 else " " if key == "space" else None))
        try:
            await asyncio.wait_for(app.painted.wait(), 5)
        except TimeoutError:
            continue  # a key at an edge moves nothing
        spent.append((time.perf_counter() - start, time.thread_time() - work))
        # As fast as a key that is held down repeats.
        await asyncio.sleep(0.03)
    app.painted = None
    return spent


def _keys(text: str) -> list[str]:
    return ["space" if letter == " " else letter for letter in text]


async def measure(folder: Path, new: Path | None) -> dict[str, float]:
    """Opens the browser and presses keys, while a folder of new photographs is indexed if there is one."""
    with Library.open(folder) as library:
        # The browser would open with the query before.
        library.paths.tui_state.unlink(missing_ok=True)
        app = TimedApp(library)
        async with app.run_test(size=SIZE) as pilot:
            while (
                app.activity.images is None or not app.screen.query(Grid) or app.screen.query_one(Grid).answer is None
            ):
                await pilot.pause(0.05)
            await app.workers.wait_for_complete()
            shorten_pauses()
            grid = app.screen.query_one(Grid)
            if new is not None:
                app.context.scans.start([new])
                while app.activity.scan is None or not app.activity.scan.running or not app.activity.scan.done:
                    await pilot.pause(0.05)
            with timing_steps() as steps:
                moves = await time_keys(app, KEYS, lambda: (grid.cursor, grid.scroll_offset.y))
                await pilot.press("slash")
                line = app.screen.query_one("#query", Input)
                typed = await time_keys(app, _keys(LETTERS), lambda: line.value)
            # The first question reads what later ones find ready.
            line.value = "dog"
            while grid.answer is None or not grid.answer.query.words:
                await pilot.pause(0.05)
            answers: list[Answer | None] = [grid.answer]

            def count_answers() -> int:
                if grid.answer is not answers[-1]:
                    answers.append(grid.answer)
                return len(answers)

            answered = await time_keys(app, _keys(FURTHER), count_answers)
            running = float(app.activity.scan is not None and app.activity.scan.running)
            app.exit()
    figures = {"steps_p99_ms": float(np.percentile(steps, 99)) * 1e3, "steps_max_ms": max(steps) * 1e3}
    for name, times in (("moves", moves), ("typing", typed), ("hits", answered)):
        for part, values in zip(("", "own_"), zip(*times, strict=True), strict=True):
            p50, p95 = (float(value) * 1e3 for value in np.percentile(values, [50, 95]))
            figures[f"{name}_{part}p50_ms"], figures[f"{name}_{part}p95_ms"] = p50, p95
        figures[f"{name}_n"] = float(len(times))
    return figures | ({"scan_still_running": running} if new is not None else {})


def main() -> None:
    """Prints a table, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "library"
        fill(folder, options.images)
        place(folder, photographs(Path(scratch) / "pictures", 60))
        photographs(Path(scratch) / "new", NEW)
        figures = {"images": float(options.images)}
        for name, new in (("rest", None), ("scan", Path(scratch) / "new")):
            figures |= {f"{name}_{key}": value for key, value in asyncio.run(measure(folder, new)).items()}
    for key, value in figures.items():
        print(f"{key:28} {value:12.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
