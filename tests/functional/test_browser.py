"""The browser by its keys: asking, looking, and what each key does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.output.external_viewer import ViewerError, open_in_viewer
from search.tui.app import ImgsearchApp
from search.tui.browse import acts
from search.tui.browse import keys as browser_keys
from search.tui.browse.filters import FiltersScreen
from search.tui.browse.full_screen import FullScreen
from search.tui.browse.nearest import NearestScreen
from search.tui.browse.queries import QueriesScreen
from search.tui.browse.search_bar import QueryInput
from search.tui.review.screen import ReviewScreen
from search.tui.screens.albums import SaveScreen
from search.tui.screens.dialogs import ChoiceScreen
from search.tui.screens.help import HelpScreen
from search.tui.screens.history import HistoryScreen
from search.tui.screens.tags import TagScreen
from tests.dots import draws
from tests.functional.browsing import browsing
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices


async def test_it_opens_with_every_photograph_drawn_and_they_grow_and_shrink(app: ImgsearchApp) -> None:
    async with browsing(app, count=COUNT) as browser:
        await browser.until_drawn()
        assert browser.grid.has_focus
        assert "12 photographs" in browser.lines
        assert draws(browser.lines)
        sizes = []
        for key in ("plus", "plus", "minus", "minus", "minus"):
            await browser.press(key)
            sizes.append((app.context.state.thumbnails, browser.grid.cell_layout.across))
        assert [size for size, _ in sizes] == ["large", "large", "medium", "small", "small"]
        assert sizes[0][1] < sizes[2][1] < sizes[3][1]
        await browser.until_drawn()


async def test_words_are_answered_while_they_are_typed_and_escape_leaves_the_line(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        before = browser.grid.answer
        await browser.press("slash")
        await browser.write("a dog")
        # No enter: the pause after the last key asks.
        await browser.until(lambda: browser.grid.answer is not before)
        assert browser.bar.line.has_focus
        # The query is kept all the same, without those out of which it grew.
        await browser.until(lambda: app.context.state.history == ["a dog"])
        assert app.context.state.query == "a dog"
        assert isinstance(app.focused, QueryInput)
        await browser.press("escape")
        await browser.until(lambda: browser.grid.has_focus)


async def test_a_finished_query_is_remembered_and_left_for_more_like_this_and_back_again(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.ask("a dog")
        assert app.context.state.history == ["a dog"]
        assert app.context.state.query == "a dog"
        assert browser.grid.has_focus
        image = browser.grid.image_id
        before = browser.grid.answer
        await browser.press("m")
        await browser.until(lambda: browser.grid.answer is not before)
        assert browser.bar.line.value == f"like:#{image}"
        before = browser.grid.answer
        await browser.press("escape")
        await browser.until(lambda: browser.grid.answer is not before)
        assert browser.bar.line.value == "a dog"


async def test_an_error_is_marked_at_its_place_no_other_query_s_hits_stay_and_unknown_words_are_told(
    app: ImgsearchApp,
) -> None:
    async with browsing(app) as browser:
        await browser.ask("a dog")
        await browser.press("slash", "ctrl+l")
        await browser.paste("dog name:")
        await browser.until(lambda: browser.bar.has_class("wrong"))
        mark = browser.note.splitlines()[0]
        assert mark.index("^") == len("dog ")
        assert '"name:" stands without a value' in browser.note
        assert browser.grid.answer is None
        assert browser.grid.image_id is None
        assert "no longer" not in browser.facts
        await browser.until(lambda: "has no answer" in browser.lines, "why there are no photographs")
        assert app.context.state.history == ["a dog"]
        await browser.press("backspace", "backspace", "backspace", "backspace", "backspace")
        await browser.until(lambda: not browser.bar.has_class("wrong"))
        await browser.until(lambda: browser.grid.answer is not None)
        # Neither does the model know this word, nor does anything say it.
        await browser.press("ctrl+l")
        await browser.paste("sdfsdflksdfj")
        await browser.until(lambda: browser.bar.has_class("wrong"))
        assert browser.grid.answer is None
        await browser.press("escape")
        assert browser.grid.has_focus
        await browser.ask("dog sdfsdflksdfj")
        await browser.until(lambda: "sdfsdflksdfj" in browser.note)


MOVES: list[tuple[list[str], int | str]] = [
    (["right"], 1),
    (["l", "l", "h"], 1),
    (["down"], "row"),
    (["j", "k"], 0),
    (["end"], COUNT - 1),
    (["G", "g"], 0),
    (["end", "home"], 0),
    (["left"], 0),
    (["up"], 0),
    (["end", "right"], COUNT - 1),
    (["pagedown"], "page"),
    (["ctrl+f", "ctrl+b"], 0),
    (["G", "pageup"], "any"),
]


async def test_keys_move_the_cursor(app: ImgsearchApp) -> None:
    async with browsing(app, size=(80, 24)) as browser:
        grid = browser.grid
        across = grid.cell_layout.across
        assert across > 1
        page = max(1, grid.size.height // grid.cell_layout.height) * across
        for keys, place in MOVES:
            await browser.press("home", *keys)
            if place == "any":
                assert 0 <= grid.cursor < COUNT - 1
                continue
            expected = {"row": across, "page": min(page, COUNT - 1)}.get(str(place), place)
            assert grid.cursor == expected, keys
            top = grid.cursor // across * grid.cell_layout.height
            assert grid.scroll_offset.y <= top < grid.scroll_offset.y + grid.size.height, keys


async def test_the_details_follow_the_cursor_close_and_open(app: ImgsearchApp, library: Library) -> None:
    async with browsing(app) as browser:
        await browser.press("right", "right")
        image = browser.grid.image_id
        assert image is not None
        details = library.read(catalogue.details, image)
        assert details is not None
        name = os.fsdecode(details.seen.files[0].path)
        await browser.until(lambda: name in browser.facts.replace("\n", ""))
        assert details.captions[0].text in browser.facts
        assert "48 \N{MULTIPLICATION SIGN} 40" in browser.facts
        assert browser.pane.border_subtitle == f"#{image}"
        assert browser.pane.display
        await browser.press("d")
        assert not browser.pane.display
        assert app.context.state.detail is False
        await browser.press("d")
        assert browser.pane.display


async def test_captions_near_a_photograph_and_what_looks_like_theirs(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.press("c")
        await browser.until_on(NearestScreen)
        options = app.screen.query_one(OptionList)
        await browser.until(lambda: options.option_count, "captions")
        before = browser.grid.answer
        await browser.press("j", "k", "enter")
        await browser.until(lambda: browser.grid.answer is not before)
        assert browser.bar.line.value
        await browser.press("c")
        await browser.until_on(NearestScreen)
        await browser.until(lambda: app.screen.query_one(OptionList).option_count, "captions")
        await browser.press("m")
        await browser.until(lambda: browser.bar.line.value.startswith("like:#"))


async def test_the_order_and_filters_become_a_part_of_the_query(app: ImgsearchApp, library: Library) -> None:
    async with browsing(app) as browser:
        await browser.press("s")
        await browser.until_on(ChoiceScreen)
        await browser.press("j", "j", "enter")
        await browser.until(lambda: browser.screen.query_one("#results").border_subtitle == "by path")
        assert browser.bar.line.value == "sort:path"
        assert browser.grid.answer is not None
        images = browser.grid.answer.ranking.image_ids.tolist()
        records = library.read(catalogue.images, images)
        paths = [records[image].paths[0] for image in images]
        assert paths == sorted(paths)
        await browser.press("slash", "ctrl+l", "enter")
        await browser.until(lambda: browser.screen.query_one("#results").border_subtitle != "by path")
        await browser.press("f")
        await browser.until_on(FiltersScreen)
        app.screen.query_one("#filter-path", Input).focus()
        await browser.paste("00*")
        await browser.press("down")
        await browser.paste("two words")
        await browser.press("enter")
        await browser.until(lambda: browser.bar.line.value == 'path:00* tag:"two words"')
        await browser.press("f")
        await browser.until_on(FiltersScreen)
        assert app.screen.query_one("#filter-tag", Input).value == "two words"
        await browser.pilot.click("#clear")
        await browser.pilot.click("#apply")
        await browser.until(lambda: browser.bar.line.value == "")


async def test_searches_are_kept_under_a_name_and_found_again(
    app: ImgsearchApp, library: Library, tiny_model: Path
) -> None:
    async with browsing(app) as browser:
        await browser.ask("a dog")
        await browser.press("ctrl+s")
        await browser.until_on(SaveScreen)
        app.screen.query_one(Input).value = "none"
        await browser.press("enter")
        await browser.until(lambda: "cannot be the name of an album" in notices(app))
        app.screen.query_one(Input).value = "Ben"
        await browser.press("enter")
        await browser.until(lambda: 'saved as "Ben"' in notices(app))
        await browser.ask("a cat")
        await browser.press("ctrl+r")
        await browser.until_on(QueriesScreen)
        await browser.write("ben")
        await browser.until(lambda: app.screen.query_one(OptionList).option_count == 1)
        await browser.press("enter")
        await browser.until(lambda: browser.bar.line.value == "a dog")
        await browser.ask("album:ben")
        assert browser.grid.count
    again = ImgsearchApp(library, model=tiny_model)
    assert [(album.name, album.query) for album in library.read(catalogue.albums)] == [("Ben", "a dog")]
    assert again.context.state.history == ["a cat", "a dog", "album:ben"]
    assert again.context.state.query == "album:ben"


async def test_up_and_down_go_through_the_history(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.ask("a dog")
        await browser.ask("a cat")
        await browser.press("slash", "ctrl+l")
        await browser.paste("a red")
        values = []
        for key in ("up", "up", "up", "down", "down"):
            await browser.press(key)
            values.append(browser.bar.line.value)
        assert values == ["a cat", "a dog", "a dog", "a cat", "a red"]
        await browser.press("down")
        await browser.until(lambda: browser.grid.has_focus)


async def test_a_query_can_be_forgotten(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.ask("a dog")
        await browser.ask("a cat")
        await browser.press("ctrl+r")
        await browser.until_on(QueriesScreen)
        await browser.press("down", "ctrl+d")
        assert app.context.state.history == ["a cat"]
        await browser.press("escape")
        assert browser.bar.line.value == "a cat"


async def test_marked_photographs_are_tagged_together_and_clicks_mark_and_open(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.press("space", "space")
        assert len(browser.grid.marked) == 2
        assert browser.grid.cursor == 2
        assert browser.lines.count("✓") == 2
        await browser.press("t")
        await browser.until_on(TagScreen)
        await browser.press("escape")
        await browser.press("escape")
        assert browser.grid.marked == set()
        await browser.press("A")
        assert len(browser.grid.marked) == COUNT
        await browser.press("A")
        assert browser.grid.marked == set()
        await browser.until_drawn()
        width = browser.grid.cell_layout.width
        at = (browser.grid.cell_layout.left + width + 3, 3)
        await browser.pilot.click("#grid", offset=at)
        assert browser.grid.cursor == 1
        await browser.pilot.click("#grid", offset=at, control=True)
        assert browser.grid.image_id is not None
        assert len(browser.grid.marked) == 1
        await browser.pilot.click("#grid", offset=at, times=2)
        await browser.until_on(FullScreen)


async def test_the_history_and_the_review_open_from_here_and_nothing_that_fits_is_an_answer(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.press("i")
        await browser.until_on(HistoryScreen)
        await browser.press("escape")
        await browser.press("v")
        await browser.until_on(ReviewScreen)
        await browser.press("escape")
        await browser.until(lambda: app.screen is browser.screen)
        await browser.ask("path:nowhere")
        await browser.until(lambda: browser.grid.count == 0)
        assert "Nothing in the library fits this" in browser.lines
        for key in ("down", "space", "m", "c", "o", "y", "i", "t"):
            await browser.press(key)
        assert app.screen is browser.screen
        await browser.press("escape")
        await browser.until(lambda: browser.grid.answer is not None)


async def test_help_names_every_key_of_the_browser(app: ImgsearchApp) -> None:
    async with browsing(app, size=(120, 90)) as browser:
        await browser.press("question_mark")
        await browser.until_on(HelpScreen)
        for *_, tooltip in browser_keys.KEYS:
            assert tooltip in browser.lines
        # It begins with what has the focus, and names what other keys could be given to.
        lines = browser.lines.splitlines()
        assert next(line for line in lines if "\N{BOX DRAWINGS LIGHT VERTICAL}" in line and "photographs that" in line)
        assert "Here" in browser.lines
        assert "browse.like" in browser.lines
        assert "How to ask" in browser.lines
        await browser.press("j", "k", "escape")
        await browser.until(lambda: app.screen is browser.screen)


async def test_a_small_terminal_shows_details_over_the_grid(app: ImgsearchApp) -> None:
    async with browsing(app, size=(80, 24)) as browser:
        assert not browser.pane.display
        await browser.press("d")
        assert browser.pane.display
        assert not browser.screen.query_one("#results").display
        await browser.until(lambda: "Keywords" in browser.facts or "Facts" in browser.facts)
        await browser.press("escape")
        assert browser.screen.query_one("#results").display
        assert app.context.state.detail is True


async def test_a_caption_stands_on_two_lines_under_its_thumbnail(app: ImgsearchApp) -> None:
    async with browsing(app, size=(60, 20)) as browser:
        await browser.until_drawn()
        grid = browser.grid
        # A whole row fits into the smallest terminal.
        assert grid.cell_layout.height <= grid.size.height
        hit = grid.hit
        assert hit is not None
        under = [grid.render_line(grid.cell_layout.rows + 1 + line).text for line in range(2)]
        width = grid.cell_layout.columns
        shown = " ".join(line[1 : 1 + width].strip() for line in under).rstrip("\N{HORIZONTAL ELLIPSIS}")
        assert hit.caption.startswith(shown)
        assert len(shown) > width or shown == hit.caption


async def test_resizing_lays_out_anew(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.press("end")
        for size in ((60, 20), (200, 60), (30, 10), (120, 40)):
            await browser.pilot.resize_terminal(*size)
            await browser.until_drawn()
            assert browser.grid.cursor == COUNT - 1


async def test_a_photograph_is_opened_in_the_viewer_and_its_path_copied(
    app: ImgsearchApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    viewer = tmp_path / "viewer"
    viewer.write_text(f'#!/bin/sh\nprintf %s "$1" > {seen}.new && mv {seen}.new {seen}\n')
    viewer.chmod(0o700)
    monkeypatch.setenv("IMGSEARCH_VIEWER", str(viewer))
    async with browsing(app) as browser:
        await browser.until_drawn()
        await browser.press("o")
        await browser.until(seen.exists)
        assert browser.grid.hit is not None
        assert seen.read_bytes() == browser.grid.hit.paths[0]
        await browser.press("y")
        assert browser.grid.hit is not None
        assert app.clipboard == os.fsdecode(browser.grid.hit.paths[0])


def test_without_a_screen_the_viewer_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    with pytest.raises(ViewerError, match="the file is gone"):
        open_in_viewer(os.fsencode(file), {})
    file.touch()
    with pytest.raises(ViewerError, match="IMGSEARCH_VIEWER"):
        open_in_viewer(os.fsencode(file), {})
    with pytest.raises(ViewerError, match="could not be started"):
        open_in_viewer(os.fsencode(file), {"IMGSEARCH_VIEWER": str(tmp_path / "none")})


async def test_words_are_weighed_on_demand_and_looked_for_in_the_picture(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.until(lambda: "by the model" in browser.facts)
        await browser.press("w")
        await browser.until(lambda: "of each word the model is" in browser.facts, "the words")
        await browser.press("w")
        assert "of each word the model is" not in browser.facts
        await browser.ask("dog")
        await browser.until(lambda: "in the caption   dog" in browser.facts, "the word")
        assert "in the picture" not in browser.facts
        await browser.press("w")
        await browser.until(lambda: "in the picture   dog: " in browser.facts, "the place")
        await browser.press("w")
        assert "in the picture" not in browser.facts


async def test_what_others_change_appears_by_itself(app: ImgsearchApp, library: Library, tiny_model: Path) -> None:
    async with browsing(app, count=COUNT) as browser:
        image = browser.grid.image_id
        assert image is not None
        # Another connection, as another process has.
        with Library.open(library.paths.folder) as other:
            Annotations(other).edit(image, "a dog named Ben")
            await browser.until(lambda: "a dog named Ben" in browser.facts, "the other's words")
            await browser.until(lambda: "a dog named Ben"[:12] in browser.lines)
            assert browser.grid.image_id == image
            (folder := library.paths.folder.parent / "more").mkdir()
            source = next(iter(library.read(catalogue.seen_images, [image]).values())).files[0].path
            (folder / "copy.png").write_bytes(Path(os.fsdecode(source)).read_bytes())
            list(index_folders(other, [folder], LazyCaptioner.open(tiny_model)))
            await browser.until(lambda: "the same file 2 times" in browser.facts)


async def test_the_keys_take_the_place_that_the_query_asked_for(
    app: ImgsearchApp, library: Library, photos: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "zoo" / "copy.png"
    copy.parent.mkdir()
    shutil.copy(photos / "000.png", copy)
    list(index_folders(library, [copy.parent], LazyCaptioner.open(tiny_model)))
    opened: list[bytes] = []
    monkeypatch.setattr(acts, "open_in_viewer", lambda path, at: opened.append(path))
    async with browsing(app) as browser:
        await browser.ask("name:copy*")
        await browser.until(lambda: browser.grid.hit is not None)
        await browser.press("y", "o")
        await browser.until(lambda: opened)
        assert (app.clipboard, opened) == (str(copy), [bytes(copy)])
        # What is known of it may be drawn before the hit, which says which of its places is meant.
        places = (str(copy), str(photos / "000.png"))
        await browser.until(
            lambda: -1 < browser.facts.find(places[0]) < browser.facts.find(places[1]), "its place first"
        )
        assert str(browser.pane.border_title) == "copy.png"
