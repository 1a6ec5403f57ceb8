"""The driver of a terminal that may go away: what is drawn then is dropped, so that the program can end."""

from __future__ import annotations

import select
from threading import Event
from typing import IO, Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver


class LastingStream:
    """A terminal's stream that takes text whether or not anybody can see it any more.

    Textual writes in a thread of its own, which ends with the first error; whoever wrote after that would wait for it
    for ever, and with them the end of the program.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes text, or drops it."""
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Sends what was written, or drops it."""
        try:
            self._stream.flush()
        except OSError:
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class EndOfInput(Event):
    """Set when nothing is to be read any more, or when the terminal has gone.

    Textual reads until this is set. A terminal that has gone always has something to read, which is nothing: the thread
    would use a processor for itself, and leave the others little of what they need to end the program.
    """

    def __init__(self, terminal: int) -> None:
        """Takes the file descriptor of the terminal."""
        super().__init__()
        self._terminal = terminal

    def is_set(self) -> bool:
        """Whether reading ends; from any thread."""
        poll = select.poll()
        # Asked for nothing, it tells of a hang-up alone.
        poll.register(self._terminal, 0)
        return super().is_set() or any(event & select.POLLHUP for _, event in poll.poll(0))


class TerminalDriver(LinuxDriver):
    """Textual's driver over a stream that lasts, which first gives the app what was typed before it could read.

    Attributes:
        typed: What that is; taken once.
    """

    typed: list[str]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.typed = getattr(self._app, "typed", [])
        self._file: Any = LastingStream(self._file)
        self.exit_event = EndOfInput(self.fileno)

    def run_input_thread(self) -> None:
        """Reads keys until the app ends."""
        early = "".join(self.typed)
        self.typed.clear()
        for event in XTermParser().feed(early) if early else ():
            self.process_message(event)
        super().run_input_thread()
