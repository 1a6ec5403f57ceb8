"""Puts a file at another path: first there, then no longer here, and never in another's place."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from captioning.files import replacing


def put_also(source: Path, target: Path) -> None:
    """Lets a file lie at a second path as well: by a link where the file system allows it, else as a copy.

    Raises:
        FileExistsError: Something lies there.
        OSError: The disk is full, or the folder takes no files; nothing lies there.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # Another file system, or one without links.
        copy_new(source, target)


def copy_new(source: Path, target: Path) -> None:
    """Copies a file with its times, whole or not at all.

    Raises:
        FileExistsError: Something lies there.
        OSError: The file cannot be read, the disk is full, or the folder takes no files; nothing lies there.
    """
    # Nobody else can take the name from now on.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with replacing(target, durable=True) as fresh:
            shutil.copy2(source, fresh)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


def check_movable(source: Path) -> os.stat_result:
    """Gives the status of a file that can be taken from where it lies.

    Raises:
        OSError: It is gone, or its folder may not be changed.
        LinkStaysError: It is a link.
    """
    status = source.lstat()
    if source.is_symlink():
        raise LinkStaysError("it is a link; what it leads to can be moved")
    if not os.access(source.parent, os.W_OK | os.X_OK):
        raise PermissionError(0, "its folder may not be changed", str(source))
    return status


class LinkStaysError(OSError):
    """A file is a link, and stays where it is."""
