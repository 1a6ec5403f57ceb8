"""The line of keys at the bottom of a screen."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import Footer


class KeyBar(Footer):
    """Shows what each key does here, and is made anew only when that changes.

    Textual's footer is made anew whenever the focus moves, which takes longer than everything else that a key does.
    """

    def __init__(self) -> None:
        super().__init__()
        self._listed: list[tuple[Binding, bool, str]] | None = None

    async def recompose(self) -> None:
        """Makes the keys anew if they, or what they do, are others than those that are shown."""
        if not self.is_attached:
            return  # the screen is closing
        bindings = [(active.binding, active.enabled, active.tooltip) for active in self.screen.active_bindings.values()]
        if bindings != self._listed:
            self._listed = bindings
            await super().recompose()
