"""Where the faces' words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from search.output.film_words import span
from search.output.printable import TerminalDoor, harmless, printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from rich.console import Console
    from rich.progress import Progress

    from index_data.catalogue.records import Moment

_LOGGER = "imgsearch"
"""Whose level says how much is said."""


class _Stdout(io.FileIO):
    """Standard output that remembers why it took nothing: other files fail with the same errors."""

    def __init__(self, *, closed: bool) -> None:
        super().__init__(1, "w", closefd=False)
        self.refused = closed
        self.obstacle: str | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            if self.refused:
                raise OSError(errno.EBADF, "it is closed")
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            self.obstacle = error.strerror
            raise


def prepare_streams() -> None:
    """Makes the standard streams fit to be used, whatever state the program was given them in.

    Characters that the encoding of stdout lacks are written as escapes.
    """
    closed = sys.stdout is None
    if os.name != "nt":
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                # Else the next file that is opened, such as the catalogue, would get what is printed.
                os.open(os.devnull, os.O_RDWR)
        encoding = "utf-8" if closed else sys.stdout.encoding
        raw = _Stdout(closed=closed)
        sys.stdout = TerminalDoor(
            io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=raw.isatty()
        )
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = _behind_the_door(sys.stderr) if sys.stderr else _nowhere("w")


def _behind_the_door(stream: TextIO) -> TextIO:
    """The same stream, through which nothing steers a terminal."""
    if not isinstance(stream, io.TextIOWrapper) or stream.fileno() != 2:
        return stream
    # The stream itself stays as it is: the browser draws on it.
    raw = io.BufferedWriter(io.FileIO(2, "w", closefd=False))
    return TerminalDoor(raw, stream.encoding, errors="backslashreplace", line_buffering=True)


def _nowhere(mode: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(os.devnull, mode), "utf-8")


def stdout_obstacle() -> str | None:
    """Why stdout did not take what was printed; none if it did, or if the system is Windows."""
    raw = getattr(sys.stdout.buffer, "raw", None)
    return raw.obstacle if isinstance(raw, _Stdout) else None


def abandon_stdout() -> None:
    """Lets go of what stdout did not take: Python would write it once more when it ends, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raw = getattr(sys.stdout.buffer, "raw", None)
    if isinstance(raw, _Stdout):
        raw.refused = False


def set_loudness(*, quiet: bool = False, verbose: bool = False) -> None:
    """Decides how much is said from now on: with `quiet` only what went wrong, with `verbose` also what is done."""
    import logging

    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    logging.getLogger(_LOGGER).setLevel(level)


def is_quiet() -> bool:
    """Whether only what went wrong is said."""
    import logging

    return logging.getLogger(_LOGGER).level == logging.WARNING


def complain(sentence: str) -> None:
    """Writes a line about what went wrong to stderr, if that takes it; ends of lines within it are escaped."""
    line = sentence.lstrip("\n")
    above = len(sentence) - len(line)
    with suppress(OSError):
        print("\n" * above + harmless(line.replace("\r", "\\r").replace("\n", "\\n")), file=sys.stderr, flush=True)


def say(sentence: str) -> None:
    """Writes a line for the person to stderr, unless that person wants none."""
    if not is_quiet():
        complain(sentence)


def mention(sentence: str) -> None:
    """Writes a line about what is being done to stderr, if a person wants to know."""
    import logging

    if logging.getLogger(_LOGGER).level == logging.DEBUG:
        complain(sentence)


def shown_path(path: bytes) -> str:
    """Shows a path in a table: whole where stdout is no terminal, else as briefly as it stays true.

    Brief is from the current folder or with ~, whichever is shorter, and a long path loses its middle.
    """
    if not sys.stdout.isatty():
        return printable(path)
    here, home = os.fsencode(Path.cwd()), os.fsencode(Path.home()) + b"/"
    ways = [os.path.relpath(path, here)] if here != b"/" else []
    ways += [b"~/" + path.removeprefix(home)] if path.startswith(home) else []
    path = min((*ways, path), key=len)
    text = printable(path)
    width = max(20, shutil.get_terminal_size().columns // 2)
    if len(text) <= width:
        return text
    # The file's name tells more than the way to it.
    tail = width * 2 // 3
    return f"{text[: width - tail - 1]}\N{HORIZONTAL ELLIPSIS}{text[-tail:]}"


def shown_place(path: bytes, moment: Moment | None) -> str:
    """Shows a path in a table as `shown_path` does, and behind it when a moment of a film begins and ends."""
    return shown_path(path) if moment is None else f"{shown_path(path)} {span(moment)}"


def error_console() -> Console:
    """A rich console on stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def progress_bar(unit: str) -> Progress:
    """A bar on stderr with count, rate and time left; nothing is drawn where stderr is no terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Task as ProgressTask
    from rich.text import Text

    class Rate(ProgressColumn):
        """Steps per second."""

        def render(self, task: ProgressTask) -> Text:
            """Shows the speed as measured so far."""
            return Text(f"{task.speed:.1f} {unit}/s" if task.speed else "", style="progress.data.speed")

    console = error_console()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=console,
        disable=is_quiet() or not console.is_terminal,
        transient=True,
    )
