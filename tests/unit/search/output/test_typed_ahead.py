"""Keys that are pressed while the terminal is asked reach the app, and the terminal's answer does not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from search.output.typed_ahead import keep_typed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The far end of a terminal that is this process's standard input."""
    far, near = os.openpty()
    with os.fdopen(near, "r") as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        yield far
    os.close(far)


def test_keys_around_an_answer_are_kept_in_their_order(keyboard: int) -> None:
    import termios

    from textual_image import _terminal

    ask = _terminal.capture_terminal_response
    assert sys.__stdin__ is not None
    before = termios.tcgetattr(sys.__stdin__)
    os.write(keyboard, b"/a\r")
    with keep_typed() as typed:
        with _terminal.capture_terminal_response("\x1b[?", "c", 5) as response:
            os.write(keyboard, b"b\x1b[?62;4cd\xc3\xa9")
        assert response.sequence == "\x1b[?62;4c"
        with pytest.raises(TimeoutError), _terminal.capture_terminal_response("\x1b[", "t", 0):
            pass
        os.write(keyboard, b"\r")
        with pytest.raises(TimeoutError), _terminal.capture_terminal_response("\x1b[", "t", 0.01):
            pass
        assert "".join(typed) == "/a\rbd\N{LATIN SMALL LETTER E WITH ACUTE}\r"
    assert _terminal.capture_terminal_response is ask
    assert termios.tcgetattr(sys.__stdin__) == before


def test_without_a_terminal_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - a stream as the process has one
        monkeypatch.setattr(sys, "__stdin__", nothing)
        with keep_typed() as typed:
            assert typed == []
