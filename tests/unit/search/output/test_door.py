"""Nothing that a file says steers a terminal, by whichever way it comes to the screen."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from index_data.annotation.normalize import visible
from search.output.printable import TerminalDoor, harmless, printable, without_steering
from search.tui.graphics.door import cleaned

ATTACKS = {
    "clipboard": "a\x1b]52;c;ZXZpbA==\x07b",
    "title": "a\x1b]0;owned\x1b\\b",
    "clear": "a\x1b[2Jb",
    "C1": "a\x9b2Jb\x9d52;c;x\x9c",
    "override": "a\u202egnp.exe",
    "isolate": "a\u2066b\u2069",
    "return": "safe\rfake",
    "backspace": "rm\b\bls",
    "tags": "a\U000e0041b",
    "device control": "a\x1bP+q544e\x1b\\b",
}
hostile = st.text(st.characters() | st.sampled_from("\x1b\x07\x9b\x9d\u202e\u2066\r\b]52;[2Jm"), max_size=40)


def steers(text: str) -> bool:
    """The slow and obvious rule."""
    turning = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
    return any(
        (unicodedata.category(c) == "Cc" and c not in "\t\n") or unicodedata.bidirectional(c) in turning for c in text
    )


def through_the_door(text: str) -> str:
    raw = io.BytesIO()
    door = TerminalDoor(raw, "utf-8", errors="backslashreplace", newline="")
    assert door.write(text) == len(text)
    door.flush()
    return raw.getvalue().decode()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_known_attacks_are_shown_and_do_nothing(attack: str) -> None:
    for shown in (harmless(attack), without_steering(attack), through_the_door(attack), visible(attack)):
        assert not steers(shown)
    assert printable(attack.encode()).isprintable()


@given(hostile)
def test_nothing_passes_the_door(text: str) -> None:
    for shown in (harmless(text), without_steering(text), visible(text), through_the_door(text)):
        assert not steers(shown.replace("\r\n", "\n"))


@given(hostile)
def test_on_a_terminal_only_colours_and_the_line_of_the_cursor_pass(text: str) -> None:
    class Terminal(TerminalDoor):
        def isatty(self) -> bool:
            return True

    raw = io.BytesIO()
    door = Terminal(raw, "utf-8", errors="backslashreplace", newline="")
    door.write(f"\x1b[1;31m{text}\x1b[0m\x1b[2K\r")
    door.flush()
    written = raw.getvalue().decode()
    assert written.startswith("\x1b[1;31m")
    assert written.endswith("\x1b[0m\x1b[2K\r")
    assert not steers(re.sub("\x1b\\[[\\d;]*[mAKG]|\x1b\\[\\?25[lh]|\r", "", written))


@pytest.mark.parametrize("text", ["café, naïve", "東京の猫", "שלום", "👩\u200d👩\u200d👧 family", "a\tb\nc", "e\u0301"])
def test_words_of_any_writing_stay_as_they_are(text: str) -> None:
    assert harmless(text) == without_steering(text) == through_the_door(text) == text


@given(st.lists(hostile, max_size=4))
def test_no_cell_of_the_browser_steers_the_terminal(texts: list[str]) -> None:
    strip = Strip([Segment(text) for text in texts])
    layout = cleaned(LayoutUpdate([[strip]], Region(0, 0, 80, 1)))
    assert isinstance(layout, LayoutUpdate)
    chops = cleaned(ChopsUpdate([{0: strip, 5: None}], [(0, 0, 80)], [[5, 80]]))
    assert isinstance(chops, ChopsUpdate)
    for shown in (next(iter(layout.strips[0])), chops.chops[0][0]):
        assert shown is not None
        assert not steers(shown.text)
    assert chops.chops[0][5] is None


def test_what_the_app_sends_itself_passes() -> None:
    control = Segment("\x1b[H", None, [])
    strip = Strip([Segment("\x1b[H", None, [(0,)])])  # type: ignore[list-item]
    layout = cleaned(LayoutUpdate([[strip]], Region(0, 0, 80, 1)))
    assert isinstance(layout, LayoutUpdate)
    assert next(iter(layout.strips[0])).text == control.text
