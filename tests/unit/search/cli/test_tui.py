"""What is said of devices appears in the browser while it has the terminal, and on stderr else."""

from __future__ import annotations

import warnings
from typing import Any, cast

from captioning.runtime.devices import DeviceWarning
from search.cli.tui import _say_in


class Browser:
    def __init__(self) -> None:
        self.is_running = True
        self.notes: list[tuple[str, str]] = []

    def notify(self, sentence: str, *, severity: str, markup: bool) -> None:
        assert not markup
        self.notes.append((sentence, severity))


def test_what_is_said_of_devices_is_a_note_while_the_browser_runs() -> None:
    browser = Browser()
    elsewhere: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *_, **__: elsewhere.append(str(message))
        _say_in(cast(Any, browser))
        warnings.warn("the GPU is left out of the search: it broke", DeviceWarning, stacklevel=1)
        warnings.warn("something else", UserWarning, stacklevel=1)
        browser.is_running = False
        warnings.warn("the GPU's memory is short", DeviceWarning, stacklevel=1)
    assert browser.notes == [("The GPU is left out of the search: it broke", "warning")]
    assert elsewhere == ["something else", "the GPU's memory is short"]
