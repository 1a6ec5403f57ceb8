"""Tells whether a screen shows pictures that are drawn by characters."""

from __future__ import annotations

DOTS = frozenset("▘▝▀▖▞▛▗▚▜▙▟")
"""Of the quadrants, those that nothing else is drawn with; bars have the halves and the full block."""


def draws(screen: str) -> bool:
    """Whether any picture is drawn in the text of a screen."""
    return not DOTS.isdisjoint(screen)
