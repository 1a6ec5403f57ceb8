"""What goes on in the library while the app is open: how often it changed, how much it shows, how far its scan is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.dom import DOMNode

from search.tui.services.scan_runner import ScanStatus


@dataclass(frozen=True, slots=True)
class Activity:
    """A moment of it; the app replaces it as a whole.

    Attributes:
        changes: How often the library was seen to change; a screen that comes back compares.
        images: How many photographs the library shows; none before they were counted.
        videos: How many films.
        scan: How far the latest scan is; none before the first.
    """

    changes: int = 0
    images: int | None = None
    videos: int = 0
    scan: ScanStatus | None = None


def watch_activity(part: DOMNode, draw: Callable[[Activity], None]) -> None:
    """Draws the present activity, and again whenever the app replaces it."""
    part.watch(part.app, "activity", draw)
