"""The screens about the library itself: folders and their scans, problems, status, settings, and the first start."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Checkbox, DataTable, DirectoryTree, Input, OptionList, Select, Static

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.library import Library
from index_data.scan.events import FilesListed, FilmProgress, ModelNeeded, ScanProgressed
from index_data.scan.pipeline import index_folders
from index_data.scan.roots import FolderChange
from index_data.settings import NAMES, Settings, read_settings
from search.output.status_rows import status_rows
from search.tui.app import ImgsearchApp
from search.tui.review.queue_list import QueueList
from search.tui.review.screen import ReviewScreen
from search.tui.screens.first_run import FirstRunScreen
from search.tui.screens.folder_settings import FolderSettingsScreen
from search.tui.screens.folders import FoldersScreen, complete_folder
from search.tui.screens.problems import ProblemsScreen
from search.tui.screens.settings import SettingsScreen
from search.tui.screens.status import StatusScreen
from search.tui.services.scan_runner import ScanStatus, follow
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices, press, until, until_on


@contextmanager
def writing_elsewhere(library: Library) -> Iterator[None]:
    """Another program holds the writer's lock."""
    with Library.open(library.paths.folder) as other, other.writing():
        yield


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of settings, which is not there yet."""
    monkeypatch.setenv("IMGSEARCH_CONFIG", str(tmp_path / "settings.toml"))
    return tmp_path / "settings.toml"


@pytest.fixture
def more(tmp_path: Path, photos: Path) -> Path:
    """Three copies under other names, which the library does not know, and a file that is no picture."""
    folder = tmp_path / "more pictures"
    folder.mkdir()
    for name in ("000.png", "001.png"):
        shutil.copy(photos / name, folder / f"copy of {name}")
    from PIL import Image

    Image.new("RGB", (30, 20), (200, 10, 10)).save(folder / "red.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def finished(app: ImgsearchApp) -> bool:
    """Whether a scan came to its end."""
    return app.activity.scan is not None and app.activity.scan.finished is not None


async def go(pilot: Pilot[None], key: str, kind: type[Screen[Any]]) -> None:
    """Opens a screen."""
    await press(pilot, key)
    await until_on(pilot, kind)


async def test_a_folder_is_added_while_the_queue_goes_on(app: ImgsearchApp, library: Library, more: Path) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "2", ReviewScreen)
        await until(pilot, lambda: len(app.screen.query_one(QueueList).images) == COUNT)
        await press(pilot, "3")
        await until_on(pilot, FoldersScreen)
        folders = app.screen
        await press(pilot, "a")
        line = folders.query_one("#folder", Input)
        assert line.has_focus
        line.value = str(more)
        await press(pilot, "enter")
        await until(pilot, lambda: app.activity.scan is not None, what="the scan's beginning")
        # Going on meanwhile.
        await press(pilot, "2", "j")
        assert isinstance(app.screen, ReviewScreen)
        await until(pilot, lambda: finished(app), what="the scan's end")
        assert app.activity.scan is not None
        assert app.activity.scan.sentence == "Done: 1 new, 2 copies, 1 skipped"
        assert app.activity.scan.brief == ""
        queue = app.screen.query_one(QueueList)
        await until(pilot, lambda: len(queue.images) == COUNT + 1, what="the new photograph in the queue")
        assert queue.cursor == 1
        await press(pilot, "3")
        await until(pilot, lambda: "Done: 1 new" in str(folders.query_one("#scan-status", Static).render()))
        known = folders.query_one("#folders-known", OptionList)
        await until(pilot, lambda: known.option_count == 2)
    assert os.fsencode(more) in [folder.path for folder in library.read(catalogue.folders)]
    assert library.read(catalogue.count_images)[0] == COUNT + 1


async def test_folders_that_cannot_be_added(app: ImgsearchApp, library: Library, more: Path) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "3", FoldersScreen)
        await press(pilot, "a")
        line = app.screen.query_one("#folder", Input)
        line.value = str(more / "nowhere")
        await press(pilot, "enter")
        await until(pilot, lambda: "nowhere" in notices(app))
        assert app.activity.scan is None
        with writing_elsewhere(library):
            line.value = str(more)
            await press(pilot, "enter")
            await until(pilot, lambda: app.activity.scan is not None and bool(app.activity.scan.error))
        assert app.activity.scan is not None
        assert app.activity.scan.sentence.startswith("Another imgsearch is writing to the library")
        assert "try again when it has finished" in notices(app)
        assert library.read(catalogue.count_images)[0] == COUNT
        # The same folder again, now that the other has finished.
        await press(pilot, "r")
        await until(pilot, lambda: finished(app))


async def test_the_keys_of_the_folders(app: ImgsearchApp, photos: Path) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "3", FoldersScreen)
        known = app.screen.query_one("#folders-known", OptionList)
        await until(pilot, lambda: known.option_count == 1)
        await press(pilot, "j", "k", "x")
        await until(pilot, lambda: "No scan is running" in notices(app))
        await press(pilot, "enter")
        await until(pilot, lambda: finished(app))
        assert app.activity.scan is not None
        assert app.activity.scan.sentence == f"Done: {COUNT} unchanged"
        tree = app.screen.query_one(DirectoryTree)
        tree.post_message(DirectoryTree.DirectorySelected(tree.root, photos))
        line = app.screen.query_one("#folder", Input)
        await until(pilot, lambda: line.value == str(photos))
        await press(pilot, "a", "escape")
        assert known.has_focus
        await press(pilot, "escape")
        await until(pilot, lambda: not isinstance(app.screen, FoldersScreen))


def test_a_scan_is_followed_until_it_is_stopped() -> None:
    closed = threading.Event()
    reported: list[ScanStatus] = []

    def events() -> Iterator[object]:
        try:
            yield FilesListed(100, 80)
            yield ModelNeeded()
            yield ScanProgressed(5, 80, film=FilmProgress(b"/photos/trip.mp4", 30, 60))
            for done in range(10, 90, 10):
                yield ScanProgressed(done, 80)
        finally:
            closed.set()

    last = follow(
        ScanStatus((Path("/photos"),)),
        events(),  # type: ignore[arg-type]
        report=reported.append,
        cancelled=lambda: reported[-1].done >= 30,
    )
    assert closed.is_set()
    assert last.stopped
    assert last.sentence == "Indexing stopped after 30 of 80; the next scan goes on from there."
    assert [scan.done for scan in reported] == [0, 0, 0, 5, 10, 20, 30]
    assert reported[0].brief == "looking"
    assert (reported[2].brief, reported[2].sentence) == ("loading the model", "0 of 80 · loading the model")
    assert reported[3].sentence.startswith("5 of 80 · trip.mp4 0:30 of 1:00 · ")
    assert reported[-1].brief == "indexing 30/80"
    assert "30 of 80 · " in reported[-1].sentence
    assert reported[-1].rate > 0


async def test_stopping_a_scan_keeps_what_is_stored(app: ImgsearchApp, more: Path) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "3", FoldersScreen)
        assert app.context.scans.start([more])
        assert not app.context.scans.start([more])
        await press(pilot, "x")
        await until(pilot, lambda: app.activity.scan is not None and not app.activity.scan.running)
        assert app.activity.scan is not None
        assert app.activity.scan.stopped or app.activity.scan.finished is not None
        assert app.context.scans.start([more])
        await until(pilot, lambda: finished(app))


def has_columns(table: DataTable[object], names: str) -> bool:
    return " ".join(str(column.label) for column in table.ordered_columns) == names


def columns_width(table: DataTable[object]) -> int:
    return sum(column.get_render_width(table) for column in table.ordered_columns)


async def test_problems_are_told_and_tried_again(app: ImgsearchApp, library: Library, more: Path) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "4", ProblemsScreen)
        head = app.screen.query_one("#problems-head", Static)
        await until(pilot, lambda: "Every file could be read" in str(head.render()))
        await press(pilot, "r")
        await until(pilot, lambda: "nothing to try" in notices(app))
        app.context.scans.start([more])
        table = app.screen.query_one(DataTable)
        await until(pilot, lambda: table.row_count == 1)
        assert isinstance(app.screen, ProblemsScreen)
        assert "1 skipped" in str(head.render())
        assert "not an image" in str(table.get_row_at(0)[0])
        # The columns share the width, at whatever size.
        for width, names in ((80, "reason file"), (60, "reason file"), (120, "reason file folder size seen")):
            await pilot.resize_terminal(width, 24)
            await until(pilot, partial(has_columns, table, names), what=names)
            await until(pilot, lambda: columns_width(table) == app.size.width - 2, what="columns as wide as the room")
            assert str(table.get_row_at(0)[1]) == "broken.jpg"
            assert "not an image" in str(table.get_row_at(0)[0])
        await press(pilot, "j", "k", "g", "G")
        await until(pilot, lambda: "broken.jpg" in str(app.screen.query_one("#problems-whole", Static).render()))
        shutil.copy(more / "red.png", more / "broken.jpg")
        await until(pilot, lambda: not app.context.scans.running)
        await press(pilot, "r")
        await until(pilot, lambda: table.row_count == 0)
        assert library.read(catalogue.problems) == []
        await press(pilot, "escape")
        await until(pilot, lambda: not isinstance(app.screen, ProblemsScreen))


async def test_the_status_is_that_of_the_command(app: ImgsearchApp, library: Library) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "5", StatusScreen)
        shown = app.screen.query_one("#status-library", Static)
        await until(pilot, lambda: "schema" in str(shown.render()))
        words = " ".join(str(shown.render()).split())
        for name, value in status_rows(library.status())[:5]:
            assert f"{name} {value}" in words
        review = app.screen.query_one("#status-review", Static)
        assert "0 of 12" in str(review.render())
        app.context.annotations.accept(library.read(catalogue.shown_images))
        await until(pilot, lambda: "12 of 12" in str(review.render()))
        await press(pilot, "r", "j", "k", "escape")
        await until(pilot, lambda: not isinstance(app.screen, StatusScreen))


async def test_every_setting_is_in_the_room_takes_effect_and_is_kept(
    settings_file: Path, app: ImgsearchApp, library: Library, tiny_model: Path
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "6", SettingsScreen)
        app.screen.query_one("#set-theme", Select).value = "imgsearch-light"
        app.screen.query_one("#set-pictures", Select).value = "none"
        app.screen.query_one("#set-thumbnails", Select).value = "large"
        app.screen.query_one("#set-word_confidence", Select).value = True
        await until(pilot, lambda: app.theme == "imgsearch-light" and app.context.state.word_confidence)
        await until(pilot, lambda: str(app.drawing_method) == "none")
        assert {f"set-{name}" for name in NAMES} <= {part.id for part in app.screen.query("Select, Input")}
        for name, written, kept in (
            ("exclude", "*.gif 'old ones/'", ("*.gif", "old ones/")),
            ("keys", "problems.retry=T", {"problems.retry": "T"}),
            ("keys", "problems.retry=T nonsense", {"problems.retry": "T"}),
        ):
            line = app.screen.query_one(f"#set-{name}", Input)
            line.focus()
            line.value = written
            await press(pilot, "enter")
            await until(pilot, lambda name=name, kept=kept: getattr(settings(app), name) == kept, what=name)  # type: ignore[misc]
        await until(pilot, lambda: "keys are written as browse.like=l, and not as nonsense" in notices(app))
        assert settings(app) == read_settings(settings_file)
        app.screen.query_one("#set-pictures", Select).value = "auto"
        await until(pilot, lambda: "pictures" not in settings_file.read_text())
        app.screen.set_focus(None)
        await press(pilot, "j", "k", "escape")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))
        # What was bound holds at once.
        await go(pilot, "4", ProblemsScreen)
        await press(pilot, "T")
        await until(pilot, lambda: "There is nothing to try again." in notices(app))
    again = ImgsearchApp(library, model=tiny_model)
    async with again.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: again.theme == "imgsearch-light")
        state = again.context.state
        assert (state.thumbnails, state.word_confidence) == ("large", True)
        await go(pilot, "6", SettingsScreen)
        assert again.screen.query_one("#set-thumbnails", Select).value == "large"


def settings(app: ImgsearchApp) -> Settings:
    return app.context.preferences.settings


async def test_the_room_folders_shows_and_changes_what_each_leaves_out(app: ImgsearchApp, library: Library) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await go(pilot, "3", FoldersScreen)
        known = app.screen.query_one("#folders-known", OptionList)
        await until(pilot, lambda: known.option_count == 1)
        await press(pilot, "s")
        await until_on(pilot, FolderSettingsScreen)
        app.screen.query_one("#folder-exclude", Input).value = "*.gif 'old"
        await press(pilot, "enter")
        await until(pilot, lambda: "A quotation mark is never closed." in notices(app))
        app.screen.query_one("#folder-exclude", Input).value = "*.gif 'old ones/'"
        app.screen.query_one("#folder-pixels", Input).value = "5000000"
        app.screen.query_one("#folder-hidden", Checkbox).value = True
        await press(pilot, "enter")
        await until_on(pilot, FoldersScreen)
        words = "without *.gif, old ones/; with hidden files; up to 5,000,000 pixels"
        await until(pilot, lambda: words in str(known.get_option_at_index(0).prompt))
        (folder,) = library.read(catalogue.folders)
        assert (folder.exclude, folder.hidden, folder.max_pixels) == (("*.gif", "old ones/"), True, 5_000_000)
        await press(pilot, "s")
        await until_on(pilot, FolderSettingsScreen)
        app.screen.query_one("#folder-pixels", Input).value = ""
        await press(pilot, "enter")
        await until(pilot, lambda: library.read(catalogue.folders)[0].max_pixels is None)


async def test_an_empty_library_explains_itself(tmp_path: Path, tiny_model: Path, more: Path) -> None:
    with Library.open(tmp_path / "empty", create=True) as library:
        app = ImgsearchApp(library, model=tiny_model)
        async with app.run_test(size=(80, 24)) as pilot:
            await until_on(pilot, FirstRunScreen)
            words = " ".join(str(part.render()) for part in app.screen.query(Static))
            assert all(title in words for title in ("Add a folder", "Search", "Review"))
            line = app.screen.query_one(Input)
            assert line.has_focus
            error = app.screen.query_one("#first-error", Static)
            line.value = ""
            await press(pilot, "enter")
            await until(pilot, lambda: "Name a folder" in str(error.render()))
            line.value = str(more / "nowhere")
            await press(pilot, "enter")
            await until(pilot, lambda: "nowhere" in str(error.render()))
            line.value = str(more)
            await press(pilot, "enter")
            await until(pilot, lambda: not isinstance(app.screen, FirstRunScreen))
            await until(pilot, lambda: app.activity.images == 3, what="the photographs")
            assert app.activity.scan is not None


async def test_the_first_screen_can_be_left(tmp_path: Path, tiny_model: Path) -> None:
    with Library.open(tmp_path / "empty", create=True) as library:
        app = ImgsearchApp(library, model=tiny_model)
        async with app.run_test(size=(80, 24)) as pilot:
            await until_on(pilot, FirstRunScreen)
            await press(pilot, "escape")
            await until(pilot, lambda: not isinstance(app.screen, FirstRunScreen))


def test_folders_are_completed(tmp_path: Path) -> None:
    for name in ("beach", "beacon", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "bed.png").touch()
    assert complete_folder(f"{tmp_path}/be") == f"{tmp_path}/beach"
    assert complete_folder(f"{tmp_path}/beac") == f"{tmp_path}/beach"
    assert complete_folder(f"{tmp_path}/beaco") == f"{tmp_path}/beacon"
    assert complete_folder(f"{tmp_path}/") == f"{tmp_path}/beach"
    assert complete_folder(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert complete_folder(f"{tmp_path}/x") is None
    assert complete_folder(f"{tmp_path}/no/x") is None
    assert complete_folder("beach") is None


async def test_the_folders_room_scans_only_what_was_chosen(tmp_path: Path, photos: Path, tiny_model: Path) -> None:
    chosen = [tmp_path / "v" / name for name in ("a", "b")]
    for folder, picture in zip((*chosen, tmp_path / "v" / "private"), ("000.png", "001.png", "002.png"), strict=True):
        folder.mkdir(parents=True)
        shutil.copy(photos / picture, folder)
    with Library.open(tmp_path / "library", create=True) as library:
        list(index_folders(library, chosen, LazyCaptioner.open(tiny_model)))
        app = ImgsearchApp(library, model=tiny_model)
        async with app.run_test(size=(100, 30)) as pilot:
            await go(pilot, "3", FoldersScreen)
            known = app.screen.query_one("#folders-known", OptionList)
            await until(pilot, lambda: known.option_count == 2)
            assert [str(known.get_option_at_index(row).prompt).split()[-1] for row in (0, 1)] == list(map(str, chosen))
            await press(pilot, "enter")
            await until(pilot, lambda: finished(app))
        assert library.read(catalogue.count_images)[0] == 2


async def test_trying_again_leaves_out_what_the_folder_leaves_out(
    tmp_path: Path, photos: Path, tiny_model: Path
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    shutil.copy(photos / "000.png", folder)
    (folder / "broken.png").write_bytes(b"no picture")
    with Library.open(tmp_path / "library", create=True) as library:
        change = FolderChange(("new.png",))
        list(index_folders(library, [folder], LazyCaptioner.open(tiny_model), change=change))
        for name in ("new.png", "later.png"):
            shutil.copy(photos / "001.png", folder / name)
        shutil.copy(photos / "002.png", folder / "broken.png")
        app = ImgsearchApp(library, model=tiny_model)
        async with app.run_test(size=(100, 30)) as pilot:
            await go(pilot, "4", ProblemsScreen)
            await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 1)
            await press(pilot, "r")
            await until(pilot, lambda: finished(app))
        # Neither what is left out, nor what was not listed.
        assert sorted(library.read(catalogue.all_places)) == [bytes(folder / "000.png"), bytes(folder / "broken.png")]
        assert library.read(catalogue.problems) == []


async def test_keys_and_pictures_of_the_settings(
    library: Library, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kept here, since a notice goes after some seconds.
    sentences: list[str] = []
    monkeypatch.setattr(ImgsearchApp, "notify", lambda _, message, **__: sentences.append(message))
    keys = {"problems.retry": "T", "problems.nothing": "U"}
    app = ImgsearchApp(library, model=tiny_model, settings=Settings(pictures="none", keys=keys))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: any("no problems.nothing to give a key to" in sentence for sentence in sentences))
        assert str(app.drawing_method) == "none"
        await go(pilot, "4", ProblemsScreen)
        await press(pilot, "T")
        await until(pilot, lambda: "There is nothing to try again." in sentences)
