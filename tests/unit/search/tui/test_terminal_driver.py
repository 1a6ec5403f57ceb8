from __future__ import annotations

import io
from threading import Thread
from typing import Any

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from search.tui.terminal_driver import LastingStream
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
