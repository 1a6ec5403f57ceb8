"""Keeps what a person types while a program starts that will read keys; pictures ask the terminal meanwhile."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

LONGEST = 4096
"""Bytes that are read at once."""


@contextmanager
def keep_typed() -> Iterator[list[str]]:
    """Takes the keyboard quietly, and gives a list of what was typed before the app reads for itself.

    What asks the terminal how it draws pictures takes the first bytes that come for the answer: a key pressed at that
    moment would be lost, and the answer taken for keys.
    """
    typed: list[str] = []
    if sys.platform == "win32" or sys.__stdin__ is None or not sys.__stdin__.isatty():
        yield typed
        return
    import termios

    from textual_image import _terminal

    keyboard = sys.__stdin__.fileno()
    before, ask = termios.tcgetattr(keyboard), _terminal.capture_terminal_response
    quiet = termios.tcgetattr(keyboard)
    quiet[0] &= ~termios.ICRNL
    quiet[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(keyboard, termios.TCSANOW, quiet)
    if _readable(keyboard, 0.0):
        # Until now the terminal made line ends of the enter key.
        typed.append(os.read(keyboard, LONGEST).decode("utf-8", "replace").replace("\n", "\r"))

    @contextmanager
    def capture(start_marker: str, end_marker: str, timeout: float | None = None) -> Iterator[SimpleNamespace]:
        response = SimpleNamespace(sequence="")
        yield response
        text = ""
        try:
            answer = None
            while answer is None:
                text += _read(keyboard, timeout)
                answer = re.search(f"{re.escape(start_marker)}.*?{re.escape(end_marker)}", text, re.DOTALL)
            response.sequence = answer[0]
            text = text[: answer.start()] + text[answer.end() :]
        finally:
            typed.append(text)

    _terminal.capture_terminal_response = capture
    try:
        yield typed
    finally:
        _terminal.capture_terminal_response = ask
        termios.tcsetattr(keyboard, termios.TCSANOW, before)


def _readable(keyboard: int, timeout: float | None) -> bool:
    from select import select

    return bool(select([keyboard], [], [], timeout)[0])


def _read(keyboard: int, timeout: float | None) -> str:
    """What comes next.

    Raises:
        TimeoutError: Nothing comes.
    """
    if not _readable(keyboard, timeout):
        raise TimeoutError("the terminal does not answer")
    return os.read(keyboard, LONGEST).decode("utf-8", "replace")
