"""Lists the image files of folders, and says which folders could not be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from captioning.images import IMAGE_SUFFIXES
from index_data.errors import FolderError


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file named like an image, with what tells later whether it changed."""

    path: bytes
    byte_size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class SkippedFolder:
    """A folder that could not be listed; what was seen in it before is left alone."""

    path: bytes
    reason: str


def resolve_folders(folders: Sequence[Path]) -> list[bytes]:
    """Makes folders absolute and drops those inside others.

    Raises:
        FolderError: A folder is missing, is no folder, or may not be read.
    """
    resolved: set[bytes] = set()
    for folder in folders:
        # Resolved, so that a folder reached by two names is one folder.
        absolute = folder.resolve()
        try:
            with os.scandir(absolute):
                pass
        except FileNotFoundError:
            raise FolderError(f"there is no folder {folder}") from None
        except NotADirectoryError:
            raise FolderError(f"{folder} is not a folder") from None
        except OSError as error:
            raise FolderError(f"the folder {folder} may not be read: {error.strerror}") from error
        resolved.add(os.fsencode(absolute))
    return sorted(one for one in resolved if not any(is_inside(one, other) for other in resolved if other != one))


def is_inside(path: bytes, folder: bytes) -> bool:
    """Whether a path lies in a folder or below it."""
    return path.startswith(folder.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep))


def walk(folder: bytes) -> Iterator[FoundFile | SkippedFolder]:
    """Walks a folder and everything below it, in the order of names.

    Hidden files and folders (named with a leading dot) are passed over. Links to files are followed, links to
    folders are not, so a walk always ends. Pipes, devices and sockets are no files.
    """
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield SkippedFolder(folder, f"the folder could not be listed ({error.strerror})")
        return
    for entry in entries:
        if entry.name.startswith(b"."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from walk(entry.path)
        elif PurePath(os.fsdecode(entry.name)).suffix.lower() in IMAGE_SUFFIXES:
            found = _file(entry)
            if found is not None:
                yield found


def _file(entry: os.DirEntry[bytes]) -> FoundFile | None:
    try:
        status = entry.stat()
    except OSError:
        try:
            # A link to nothing: it is set aside later, with its reason.
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return None
    if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
        return FoundFile(entry.path, status.st_size, status.st_mtime_ns)
    return None
