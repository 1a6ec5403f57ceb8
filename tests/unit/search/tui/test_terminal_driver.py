from __future__ import annotations

import io
import os
import pty
import signal
import sys
from threading import Thread
from typing import Any

import pytest
from textual.app import App
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from search.tui.terminal_driver import LastingStream, TerminalDriver
from tests.patience import PATIENCE


class GoneTerminal(io.StringIO):
    """What a stream is like when its terminal was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_what_is_drawn_for_a_terminal_that_is_gone_keeps_nobody_waiting() -> None:
    stream: Any = LastingStream(GoneTerminal())
    writer = WriterThread(stream)
    writer.start()

    def draw() -> None:
        for _ in range(3 * MAX_QUEUED_WRITES):
            writer.write("frame")
        writer.stop()

    drawing = Thread(target=draw, daemon=True)
    drawing.start()
    drawing.join(PATIENCE)
    assert not drawing.is_alive()


def test_what_is_drawn_reaches_a_terminal_that_is_there() -> None:
    terminal = io.StringIO()
    stream = LastingStream(terminal)
    assert stream.write("frame") == 5
    stream.flush()
    assert terminal.getvalue() == "frame"


async def test_a_terminal_that_is_gone_is_read_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = pty.openpty()
    with os.fdopen(there) as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        monkeypatch.setattr(signal, "signal", lambda *_: None)
        driver = TerminalDriver(App())
        reading = Thread(target=driver.run_input_thread, daemon=True)
        reading.start()
        assert not driver.exit_event.is_set()
        os.close(here)
        reading.join(PATIENCE)
        assert not reading.is_alive()
