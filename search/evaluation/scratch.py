"""Folders for what is thrown away at the end: by whoever made it, else, when that was killed, by the next one."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index_data.file_lock import take_lock

_PREFIX = "imgsearch-"
_LOCK = "in-use.lock"


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """Gives an empty folder that only this user can read, and removes what killed processes left of theirs.

    Args:
        purpose: Stands in its name.

    Raises:
        OSError: The folder for temporary files takes none.
    """
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{purpose}-") as name:
        folder = Path(name)
        handle = os.open(folder / "new.lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with suppress(OSError):  # without locks nobody takes it for abandoned either
                take_lock(handle)
            # Only now, or another process might take it for abandoned before it is locked.
            (folder / "new.lock").rename(folder / _LOCK)
            inner = folder / "scratch"
            inner.mkdir()
            yield inner
        finally:
            os.close(handle)


def _remove_abandoned() -> None:
    if os.name == "nt":  # others' files cannot be told from ours
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        with suppress(OSError):
            status = folder.lstat()
            if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Whether the process that made a folder has ended.

    Raises:
        OSError: It is none of ours, or the file system knows no locks.
    """
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        return take_lock(handle)
    finally:
        os.close(handle)
