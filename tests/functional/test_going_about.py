"""Going about: the tabs, the palette, and leaving."""

from __future__ import annotations

import json

from textual.widgets._footer import FooterKey

from search.tui.app import ImgsearchApp
from search.tui.messages import LibraryChecked, LibraryCounted
from search.tui.modes import MODES
from search.tui.screens.help import HelpScreen
from search.tui.widgets.key_bar import KeyBar
from search.tui.widgets.top_bar import TopBar
from tests.functional.browsing import browsing


async def test_each_mode_opens_by_its_key_and_is_marked(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        # The first is open.
        for mode in (*MODES[1:], MODES[0]):
            await browser.press(mode.key)
            await browser.until(lambda mode=mode: app.current_mode == mode.name and app.screen.query(TopBar), mode.name)  # type: ignore[misc]
            (tab,) = app.screen.query_one(TopBar).query(".tab.open")
            assert str(tab.render()).startswith(f"{mode.key} ")
            assert app.context.state.mode == (mode.name if mode.name == "browse" else "review")


async def test_moving_about_a_screen_leaves_its_keys_as_they_are(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.until_drawn()
        bar = browser.screen.query_one(KeyBar)
        before, keys = list(bar.children), [key.description for key in bar.query(FooterKey)]
        assert "Like" in keys
        await browser.press("right", "down")
        assert list(bar.children) == before
        await browser.press("slash")
        await browser.until(lambda: "Like" not in [key.description for key in bar.query(FooterKey)])
        await browser.press("escape")
        await browser.until(lambda: [key.description for key in bar.query(FooterKey)] == keys)


def footer(app: ImgsearchApp) -> list[str]:
    return [str(key.description) for key in app.screen.query_one(KeyBar).query(FooterKey)]


async def test_the_footer_begins_with_the_keys_of_what_has_the_focus(app: ImgsearchApp) -> None:
    async with browsing(app, size=(80, 24)) as browser:
        await browser.until(lambda: footer(app)[:2] == ["Mark", "Search"], "the keys of the grid")
        # What there is no room for is left out, but never help.
        assert footer(app)[-2:] == ["Help", "Palette"]
        await browser.press("slash")
        await browser.until(lambda: "Photographs" in footer(app), "the keys of the line")
        assert footer(app).count("Search") == 1
        await browser.press("escape", "2")
        await browser.until(lambda: app.current_mode == "review" and "Choose" in footer(app)[:1], "those of the queue")


async def test_each_room_and_part_has_a_paragraph_in_the_help(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        for mode in MODES:
            await browser.press(mode.key)
            await browser.until(lambda mode=mode: app.current_mode == mode.name and app.screen.query(TopBar), mode.name)  # type: ignore[misc]
            await browser.until(lambda: app.screen.focused is not None or app.current_mode == "settings")
            assert HelpScreen(app.screen).paragraph


async def test_the_palette_offers_modes_and_what_keys_do(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        for mode in MODES:
            app.action_open_mode(mode.name)
            await browser.until(lambda mode=mode: app.current_mode == mode.name and app.screen.query(TopBar), mode.name)  # type: ignore[misc]
            titles = [command.title for command in app.get_system_commands(app.screen)]
            assert sorted(titles) == sorted(set(titles)), mode.name
        app.action_open_mode("browse")
        await browser.until(lambda: app.screen is browser.screen)
        offered = list(app.get_system_commands(app.screen))
        commands = {command.title: command for command in offered}
        assert len(commands) == len(offered)
        assert {f"Go to {mode.title}" for mode in MODES} <= commands.keys()
        assert {
            "Like",
            "Captions",
            "Sort",
            "Filter",
            "Undo",
            "Redo",
            "Help",
            "Theme",
            "Quit",
        } <= commands.keys()
        before = browser.grid.answer
        result = commands["Like"].callback()
        if result is not None:
            await result
        await browser.until(lambda: browser.grid.answer is not before)
        assert browser.bar.line.value.startswith("like:#")
        commands["Go to Status"].callback()
        await browser.until(lambda: app.current_mode == "status")


async def test_what_is_learnt_while_the_app_closes_is_told_to_nobody(app: ImgsearchApp) -> None:
    async with browsing(app):
        pass
    assert app.screen_stack == []
    before = app.activity.changes
    app._library_checked(LibraryChecked(changed=True))
    app._library_counted(LibraryCounted(0))
    assert app.activity.changes == before


async def test_it_comes_back_in_browse_or_review_with_the_query(app: ImgsearchApp) -> None:
    async with browsing(app) as browser:
        await browser.ask("name:00*")
        await browser.press("2")
        await browser.until(lambda: app.current_mode == "review")
        await browser.press("5")
        await browser.until(lambda: app.current_mode == "status")
        await browser.press("q")
    stored = json.loads(app.context.library.paths.tui_state.read_text(encoding="utf-8"))
    assert (stored["room"], stored["query"], stored["history"]) == ("review", "name:00*", ["name:00*"])
