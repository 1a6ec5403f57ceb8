"""The screens of the modes, each loaded when it is first opened."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from search.tui.context import Context


def key_names() -> set[str]:
    """The names of everything that a key does in the rooms; asked only by who binds keys, since it loads them all."""
    from search.tui.browse.full_screen import FullScreen
    from search.tui.browse.grid import Grid
    from search.tui.browse.screen import BrowserScreen
    from search.tui.review.screen import ReviewScreen
    from search.tui.screens.duplicates import DuplicatesScreen
    from search.tui.screens.folders import FoldersScreen
    from search.tui.screens.problems import ProblemsScreen
    from search.tui.screens.settings import SettingsScreen
    from search.tui.screens.status import StatusScreen

    owners: list[type[DOMNode]] = [Grid, BrowserScreen, FullScreen, DuplicatesScreen, ReviewScreen, FoldersScreen]
    owners += [ProblemsScreen, SettingsScreen, StatusScreen]
    bindings = (binding for owner in owners for binding in owner.BINDINGS)
    return {binding.id for binding in bindings if isinstance(binding, Binding) and binding.id}


def make_screen(mode: str, context: Context) -> Screen[Any]:
    """Makes the screen of a mode when it is first opened, so that the app starts without the others."""
    match mode:
        case "browse":
            from search.tui.browse.screen import BrowserScreen

            return BrowserScreen(context)
        case "review":
            from search.tui.review.screen import ReviewScreen

            return ReviewScreen(context)
        case "folders":
            from search.tui.screens.folders import FoldersScreen

            return FoldersScreen(context)
        case "problems":
            from search.tui.screens.problems import ProblemsScreen

            return ProblemsScreen(context)
        case "status":
            from search.tui.screens.status import StatusScreen

            return StatusScreen(context)
        case "settings":
            from search.tui.screens.settings import SettingsScreen

            return SettingsScreen(context)
        case _:
            raise ValueError(f"there is no mode {mode}")
