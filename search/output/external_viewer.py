"""Opens a photograph in the program that the system has for it, and a film at a moment in a player that can."""

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

_PLAYERS = {"mpv": "--start={:.3f}", "vlc": "--start-time={:.3f}"}
"""Those that begin where they are told, the better first, and how they are told the seconds."""


class ViewerError(Exception):
    """No program can show the file, or the file is gone."""


def open_in_viewer(path: bytes, environment: Mapping[str, str] = os.environ, *, at: float | None = None) -> None:
    """Starts the viewer, and does not wait for it.

    Args:
        path: Of a photograph or a film.
        environment: Says which program is wanted, and where programs are.
        at: Where in a film it begins, in seconds, if there is a player that can; none for a photograph.

    Raises:
        ViewerError: The file is gone, no program is known to show it, or it cannot be started.
    """
    file = Path(os.fsdecode(path))
    if not file.exists():
        raise ViewerError("the file is gone")
    player = [] if at is None or VARIABLE in environment else _player(at, environment)
    if sys.platform == "win32" and VARIABLE not in environment and not player:
        os.startfile(file)
        return
    try:
        process = subprocess.Popen(
            [*(player or _command(environment)), os.fspath(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ViewerError(f"the viewer could not be started: {error.strerror}") from error
    # Nobody else waits for the process, and without that it would stay as a zombie when it has ended.
    Thread(target=process.wait, daemon=True).start()


def _player(at: float, environment: Mapping[str, str]) -> list[str]:
    """The command that plays a film from a time on; nothing where there is no such player, or no screen for it."""
    if not _has_screen(environment):
        return []
    programs = ((shutil.which(name, path=environment.get("PATH")), option) for name, option in _PLAYERS.items())
    return next(([program, option.format(at)] for program, option in programs if program), [])


def _command(environment: Mapping[str, str]) -> list[str]:
    if named := environment.get(VARIABLE):
        return [named]
    if sys.platform == "darwin":
        return ["open"]
    if not _has_screen(environment):
        raise ViewerError(f"this terminal has no screen for pictures; name a program in {VARIABLE}")
    if shutil.which("xdg-open") is None:
        raise ViewerError(f"xdg-open is not installed; name a program in {VARIABLE}")
    return ["xdg-open"]


def _has_screen(environment: Mapping[str, str]) -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
