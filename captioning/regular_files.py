"""Opens what is a file and no pipe or device, and puts what is wrong with a file into a clause."""

from __future__ import annotations

import os
import stat


def open_at_once(name: str, flags: int) -> int:
    """Opens a file; neither this nor reading waits for the other end of a pipe.

    Raises:
        OSError: The system does not let it be opened.
    """
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def unfit(status: os.stat_result, *, most_bytes: int | None = None) -> str:
    """Why a file is not read, or nothing."""
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_size == 0:
        return "the file is empty"
    if most_bytes is not None and status.st_size > most_bytes:
        return f"it is larger than {most_bytes / 2**30:.0f} GiB"
    return ""


def os_reason(error: OSError) -> str:
    """What the system, or a decoder that speaks as it does, says against a file."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "it may not be read (permission denied)"
    if isinstance(error, IsADirectoryError):
        return "it is not a regular file"
    if error.errno is None:  # a decoder's own, about what is in the file
        return f"it is damaged ({one_line(error)})"
    return f"it could not be read ({one_line(error)})"


def one_line(error: BaseException) -> str:
    """What an error says, short enough for a sentence; a file may have its own words in it."""
    text = " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())
    return text[:120]
