"""Where the faces' words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from search.output.printable import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def say(sentence: str) -> None:
    """Writes a line for the person to stderr."""
    print(sentence, file=sys.stderr, flush=True)


def shown_path(path: bytes) -> str:
    """Shows a path in a table: whole where stdout is no terminal, else as briefly as it stays true.

    Brief is from the current folder, else with ~, and a long path loses its middle.
    """
    if not sys.stdout.isatty():
        return printable(path)
    here, home = os.fsencode(Path.cwd()) + b"/", os.fsencode(Path.home()) + b"/"
    if path.startswith(here):
        path = path.removeprefix(here)
    elif path.startswith(home):
        path = b"~/" + path.removeprefix(home)
    text = printable(path)
    longest = max(20, shutil.get_terminal_size().columns * 2 // 5)
    if len(text) <= longest:
        return text
    # The file's name tells more than the way to it.
    tail = longest * 2 // 3
    return f"{text[: longest - tail - 1]}\N{HORIZONTAL ELLIPSIS}{text[-tail:]}"


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
        disable=not console.is_terminal,
        transient=True,
    )
