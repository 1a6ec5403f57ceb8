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
"""Names a program that is started instead of the system's."""


class ViewerError(Exception):
    """No program can show the file, or the file is gone."""


def open_in_viewer(path: bytes, environment: Mapping[str, str] = os.environ) -> None:
    """Starts the viewer, and does not wait for it.

    Raises:
        ViewerError: The file is gone, no program is known to show it, or it cannot be started.
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
    # Nobody else waits for the process, and without that it would stay as a zombie when it has ended.
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
