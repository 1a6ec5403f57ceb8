"""Lists the image files of folders, and says which folders could not be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from captioning.images import IMAGE_SUFFIXES
from index_data.errors import FolderError

_SEPARATOR = os.fsencode(os.sep)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file named like an image, with what tells later whether it changed."""

    path: bytes
    byte_size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A folder that could not be listed, or a file that could not be asked; what was known of it is left alone."""

    path: bytes
    reason: str


def resolve_folders(folders: Sequence[Path]) -> list[bytes]:
    """Makes folders absolute and drops those that the walk of another reaches.

    Raises:
        FolderError: A folder is missing, is no folder, or may not be read.
    """
    resolved: set[bytes] = set()
    for folder in folders:
        try:
            # Resolved, so that a folder reached by two names is one folder.
            absolute = folder.resolve()
            with os.scandir(absolute):
                pass
        except RuntimeError:
            raise FolderError(f"{folder} is a link that leads back to itself") from None
        except FileNotFoundError:
            raise FolderError(f"there is no folder {folder}") from None
        except NotADirectoryError:
            raise FolderError(f"{folder} is not a folder") from None
        except OSError as error:
            raise FolderError(f"the folder {folder} may not be read: {error.strerror}") from error
        resolved.add(os.fsencode(absolute))
    return sorted(one for one in resolved if not any(reaches(other, one) for other in resolved))


def is_inside(path: bytes, folder: bytes) -> bool:
    """Whether a path lies in a folder or below it."""
    return path != folder and path.startswith(folder.rstrip(_SEPARATOR) + _SEPARATOR)


def reaches(folder: bytes, path: bytes) -> bool:
    """Whether the walk of a folder would come by a path: it lies inside, and not in or behind a hidden name."""
    return is_inside(path, folder) and _SEPARATOR + b"." not in path[len(folder.rstrip(_SEPARATOR)) :]


def walk(folder: bytes) -> Iterator[FoundFile | Skipped]:
    """Walks a folder and everything below it, in the order of names.

    Hidden files and folders (named with a leading dot) are passed over. Links to files are followed, links to
    folders are not, so a walk always ends. Pipes, devices and sockets are no files.
    """
    # A list of what is still to come, the next at its end: folders may be nested deeper than Python may recurse.
    waiting: list[os.DirEntry[bytes]] = []
    try:
        waiting += _entries(folder)
    except OSError as error:
        yield _unlisted(folder, error)
    while waiting:
        entry = waiting.pop()
        try:
            if entry.is_dir(follow_symlinks=False):
                waiting += _entries(entry.path)
                continue
        except OSError as error:
            yield _unlisted(entry.path, error)
            continue
        _, dot, ending = entry.name.rpartition(b".")
        if os.fsdecode(dot + ending).lower() in IMAGE_SUFFIXES:
            found = _file(entry)
            if found is not None:
                yield found


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    """What is in a folder, in the reverse order of names, without the hidden."""
    with os.scandir(folder) as scan:
        return sorted((one for one in scan if not one.name.startswith(b".")), key=lambda one: one.name, reverse=True)


def _unlisted(folder: bytes, error: OSError) -> Skipped:
    return Skipped(folder, f"the folder could not be listed ({error.strerror})")


def _file(entry: os.DirEntry[bytes]) -> FoundFile | Skipped | None:
    try:
        try:
            status = entry.stat()
        except OSError:
            # A link to nothing: it is set aside later, with its reason.
            status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Skipped(entry.path, f"its size and time could not be read ({error.strerror})")
    if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
        # Some file systems know times beyond what SQLite's integers hold.
        return FoundFile(entry.path, status.st_size, status.st_mtime_ns % 2**63)
    return None
