"""The rooms of the app, between which the keys 1 to 6 go: one place where a screen is entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class Room:
    """A screen that stays as it is while another is looked at.

    Attributes:
        name: By which the app knows it.
        key: That opens it wherever no text is being typed.
        title: On its tab.
        make: Its screen.
    """

    name: str
    key: str
    title: str
    make: Callable[[], Screen[Any]]


def _browse() -> Screen[Any]:
    from search.tui.browse.screen import BrowserScreen

    return BrowserScreen()


def _review() -> Screen[Any]:
    from search.tui.review.screen import ReviewScreen

    return ReviewScreen()


def _folders() -> Screen[Any]:
    from search.tui.screens.folders import FoldersScreen

    return FoldersScreen()


def _problems() -> Screen[Any]:
    from search.tui.screens.problems import ProblemsScreen

    return ProblemsScreen()


def _status() -> Screen[Any]:
    from search.tui.screens.status import StatusScreen

    return StatusScreen()


def _settings() -> Screen[Any]:
    from search.tui.screens.settings import SettingsScreen

    return SettingsScreen()


ROOMS = (
    Room("browse", "1", "Browse", _browse),
    Room("review", "2", "Review", _review),
    Room("folders", "3", "Folders", _folders),
    Room("problems", "4", "Problems", _problems),
    Room("status", "5", "Status", _status),
    Room("settings", "6", "Settings", _settings),
)
"""In the order of their tabs; the first is where the app opens."""
