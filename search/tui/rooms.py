"""The screens of the modes, each loaded when it is first opened."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from textual.dom import DOMNode
from textual.screen import Screen

from search.tui.context import Context


def bound_parts() -> list[type[DOMNode]]:
    """Everything in the browser that has keys; asked only by who binds keys, since it loads all rooms."""
    for folder in ("browse", "review", "screens", "widgets"):
        package = import_module(f"search.tui.{folder}")
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    return [part for part in _below(DOMNode) if part.__module__.startswith("search.tui.")]


def _below(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


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
