"""Reads small files that somebody else may have put there: never a pipe, a device, or more than is expected."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_small(path: Path, *, limit: int) -> bytes:
    """Reads a file as a whole.

    Args:
        path: A regular file, or a link to one.
        limit: Bytes that it may have.

    Raises:
        OSError: It is not there, not a regular file, larger, or may not be read.
    """
    # Neither opening nor reading waits for the other end of a pipe.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as stream:  # noqa: PTH123 - of a number, not of a path
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        if status.st_size > limit:
            raise OSError(0, f"it is larger than {limit:,} bytes")
        return stream.read(limit)
