"""The line of keys at the bottom of a screen."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.widgets import Footer
from textual.widgets._footer import FooterKey


class KeyBar(Footer):
    """Shows what keys do: those of the focused part first, then those of the screen, as many as there is room for.

    It is made anew only when that changes: Textual's footer is whenever the focus moves, which takes longer than
    everything else that a key does.
    """

    def __init__(self) -> None:
        super().__init__()
        self._listed: list[ActiveBinding] | None = None

    def compose(self) -> ComposeResult:
        """Draws the keys; help and palette are always among them."""
        if not self._bindings_ready:
            return
        active = self.screen.active_bindings
        shown: dict[str, ActiveBinding] = {}
        for entry in active.values():
            if entry.binding.show:
                # What several keys do is shown once.
                shown.setdefault(entry.binding.description, entry)
        palette = active.get(self.app.COMMAND_PALETTE_BINDING)
        everywhere = [entry for entry in shown.values() if entry.node is self.app]
        own = [entry for entry in shown.values() if entry.node is not self.app]
        room = self.app.size.width - sum(map(self._width, everywhere))
        # With a line at its left.
        room -= 0 if palette is None else self._width(palette) + 1
        for entry in own:
            room -= self._width(entry)
            if room < 0:
                break
            yield self._key(entry)
        for entry in everywhere:
            yield self._key(entry)
        if palette is not None:
            yield self._key(palette, classes="-command-palette")

    async def recompose(self) -> None:
        """Makes the keys anew if they, or what they do, are others than those that are shown."""
        if not self.is_attached or not self._bindings_ready:
            return  # the screen is closing, or its keys are not known yet
        listed = list(self.screen.active_bindings.values())
        if listed != self._listed:
            self._listed = listed
            await super().recompose()

    async def on_resize(self, event: events.Resize) -> None:
        """Makes use of the room that there is now."""
        self._listed = None
        await self.recompose()

    def _width(self, entry: ActiveBinding) -> int:
        return cell_len(self.app.get_key_display(entry.binding)) + cell_len(entry.binding.description) + 3

    def _key(self, entry: ActiveBinding, classes: str = "") -> FooterKey:
        binding = entry.binding
        key = FooterKey(
            binding.key,
            self.app.get_key_display(binding),
            binding.description,
            binding.action,
            disabled=not entry.enabled,
            tooltip=entry.tooltip or binding.description,
            classes=classes,
        )
        return key.data_bind(compact=Footer.compact)
