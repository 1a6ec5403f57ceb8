"""Opens a photograph in the program that the system has for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

VARIABLE = "IMGSEARCH_VIEWER"
"""Names a program that is asked instead of the system's."""


class ViewerError(Exception):
    """There is no program that shows the file, or the file is gone."""


def open_in_viewer(path: bytes, environment: Mapping[str, str] = os.environ) -> None:
    """Starts the viewer, and does not wait for it.

    Raises:
        ViewerError: The file is gone, or nothing is there to show it.
    """
    file = Path(os.fsdecode(path))
    if not file.exists():
        raise ViewerError("the file is gone")
    if sys.platform == "win32" and VARIABLE not in environment:
        os.startfile(file)
        return
    try:
        process = subprocess.Popen(
            [*_command(environment), os.fspath(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ViewerError(f"the viewer could not be started: {error.strerror}") from error
    # Nobody waits for it, but the system keeps what has ended until somebody asks how.
    Thread(target=process.wait, daemon=True).start()


def _command(environment: Mapping[str, str]) -> list[str]:
    if named := environment.get(VARIABLE):
        return [named]
    if sys.platform == "darwin":
        return ["open"]
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        raise ViewerError(f"this terminal has no screen for pictures; copy the path with y, or set {VARIABLE}")
    if shutil.which("xdg-open") is None:
        raise ViewerError(f"xdg-open is not installed; name a program in {VARIABLE}")
    return ["xdg-open"]
