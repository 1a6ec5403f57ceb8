"""A small library that each test may change, and the app on it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Hashable, Iterator
from functools import partial, partialmethod
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
import pytest
from PIL import Image
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.screen import Screen

from captioning.lazy_captioner import LazyCaptioner
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.tui.app import ImgsearchApp
from tests.functional.waiting import handle_messages
from tests.patience import PATIENCE

COUNT = 12
"""Photographs in the library."""


@pytest.fixture(autouse=True)
def notices_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise one would be gone on a busy machine before a test looks for it."""
    monkeypatch.setattr(ImgsearchApp, "NOTIFICATION_TIMEOUT", PATIENCE)


@pytest.fixture(autouse=True)
def pilots_wait_for_messages_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute of a test's time would else be waits for an idle processor."""
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", handle_messages)
    # Half a minute is not enough for every answer where other programs have the processors.
    patient = partialmethod(Pilot._wait_for_screen, timeout=PATIENCE)
    monkeypatch.setattr(Pilot, "_wait_for_screen", patient)


@pytest.fixture(scope="session", autouse=True)
def styles_are_parsed_once() -> Iterator[None]:
    """Each app would else parse the same styles anew, which is a tenth of its time."""
    parsed: dict[Hashable, list[RuleSet]] = {}
    parse_rules = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, *arguments: Hashable, **options: Hashable) -> list[RuleSet]:
        key = (frozenset(self._variables.items()), arguments, frozenset(options.items()))
        if key not in parsed:
            parsed[key] = parse_rules(self, *arguments, **options)  # type: ignore[arg-type]
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        # Textual's own is written in Python, and each rule is asked for it whenever a style changes.
        patch.setattr(RuleSet, "__hash__", object.__hash__)
        yield


FRAME = 0.1
"""Seconds between two drawings of a screen."""


@pytest.fixture(scope="session", autouse=True)
def frames_are_few() -> Iterator[None]:
    """A third of a test's time would else be drawings that nobody sees: all is drawn, but several changes at once.

    So does a slow terminal. Everything is laid out at once, as ever, and who reads the screen's lines has them drawn.
    """
    draw = Screen._compositor_refresh
    due: WeakKeyDictionary[Screen[Any], float] = WeakKeyDictionary()
    waiting: WeakSet[Screen[Any]] = WeakSet()

    def draw_what_waited(screen: Screen[Any]) -> None:
        waiting.discard(screen)
        draw_soon(screen)

    def draw_soon(screen: Screen[Any]) -> None:
        now = time.monotonic()
        if screen is not screen.app.screen or now >= due.get(screen, 0.0):
            due[screen] = now + FRAME
            draw(screen)
            return
        # The compositor keeps what of the screen they are in.
        screen._dirty_widgets.clear()
        if screen not in waiting:
            waiting.add(screen)
            screen.set_timer(due[screen] - now, partial(draw_what_waited, screen))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Screen, "_compositor_refresh", draw_soon)
        yield


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of noise, which the tiny model describes in different words."""
    folder = tmp_path_factory.mktemp("functional") / "photos"
    folder.mkdir()
    generator = np.random.default_rng(7)
    for number in range(COUNT):
        Image.fromarray(generator.integers(0, 256, (40, 48, 3), np.uint8)).save(folder / f"{number:03d}.png")
    return folder


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, photos: Path, tiny_model: Path) -> Path:
    """The folder of a library of them, to be copied."""
    folder = tmp_path_factory.mktemp("functional") / "library"
    with Library.open(folder, create=True) as opened:
        list(index_folders(opened, [photos], LazyCaptioner.open(tiny_model)))
    return folder


@pytest.fixture
def library(tmp_path: Path, indexed: Path) -> Iterator[Library]:
    """A library that the test may change."""
    with Library.open(Path(shutil.copytree(indexed, tmp_path / "library"))) as opened:
        yield opened


@pytest.fixture
def app(library: Library, tiny_model: Path) -> ImgsearchApp:
    """The app on it, which holds a key back for as long as a busy machine needs to answer the one before."""
    opened = ImgsearchApp(library, model=tiny_model)
    opened.type_ahead.patience = PATIENCE
    return opened
