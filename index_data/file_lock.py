"""A lock on an open file, which the system gives back when the process ends, however that ends."""

from __future__ import annotations

import os


def take_lock(handle: int) -> bool:
    """Takes the lock of an open file if it is free.

    Raises:
        OSError: The file system knows no locks.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second is what Windows says
        return False
    return True
