"""The app that a widget is part of, by its own type."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from search.tui.app import ImgsearchApp


def app_of(part: MessagePump) -> ImgsearchApp:
    """Gives the app of a screen or widget."""
    return cast("ImgsearchApp", part.app)
