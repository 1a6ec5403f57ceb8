"""Lists the files of folders that may be read, and says which folders could not be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from captioning.images import IMAGE_SUFFIXES, RAW_SUFFIXES, UNREAD_SUFFIXES
from captioning.videos.formats import VIDEO_SUFFIXES
from index_data.errors import FolderError
from index_data.file_stamp import file_stamp
from index_data.scan.caches import is_cache
from index_data.scan.ignore import EVERYTHING, IGNORE_FILE, Rules, Selection

_SEPARATOR = os.fsencode(os.sep)
_DOT = ord(".")


class Kind(Enum):
    """What a file is by its name."""

    PHOTOGRAPH = "photograph"
    RAW = "raw"
    VIDEO = "video"


_KINDS = {os.fsencode(ending): Kind.PHOTOGRAPH for ending in IMAGE_SUFFIXES}
_KINDS.update({os.fsencode(ending): Kind.RAW for ending in RAW_SUFFIXES})
_KINDS.update({os.fsencode(ending): Kind.VIDEO for ending in VIDEO_SUFFIXES})
_UNREAD = frozenset(map(os.fsencode, UNREAD_SUFFIXES))


class FoundFile(NamedTuple):
    """A file that may be read, with what tells later whether it changed."""

    path: bytes
    byte_size: int
    mtime_ns: int
    kind: Kind = Kind.PHOTOGRAPH

    @property
    def ending(self) -> str:
        """Of its name, in lower case, with the dot."""
        return _ending_of(self.path)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A folder that could not be listed, or a file that could not be asked; what was known of it is left alone."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A picture of a kind that is not read."""

    path: bytes

    @property
    def ending(self) -> str:
        """Of its name, in lower case, with the dot."""
        return _ending_of(self.path)


Entry = FoundFile | Skipped | Unread
"""What a walk comes by."""


def _ending_of(path: bytes) -> str:
    return os.fsdecode(path[path.rfind(b".") :]).lower()


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
    return sorted(folder for folder in resolved if not any(_comes_by(other, folder) for other in resolved))


def is_inside(path: bytes, folder: bytes) -> bool:
    """Whether a path lies in a folder or below it."""
    return path != folder and path.startswith(folder.rstrip(_SEPARATOR) + _SEPARATOR)


def reaches(folder: bytes, path: bytes, *, hidden: bool = False) -> bool:
    """Whether the walk of a folder would come by a path: it lies inside, and not in or behind a hidden name."""
    return is_inside(path, folder) and (hidden or _SEPARATOR + b"." not in path[len(folder.rstrip(_SEPARATOR)) :])


def is_folder(path: bytes) -> bool:
    """Whether a path is a folder and no link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def parent_of(path: bytes) -> bytes:
    """The folder that a path lies in."""
    return path.rpartition(_SEPARATOR)[0] or _SEPARATOR


def join(folder: bytes, name: bytes) -> bytes:
    """The path of a name in a folder."""
    return folder.rstrip(_SEPARATOR) + _SEPARATOR + name


def rules_below(folder: bytes, rules: Rules, path: bytes, *, hidden: bool) -> Rules | None:
    """The rules at a folder below another, beside its own `.imgsearchignore`; none if the other's walk leaves it out.

    Args:
        folder: Absolute.
        rules: That hold there, beside its own `.imgsearchignore`.
        path: Of a folder below it.
        hidden: Whether names with a leading dot are taken.

    Raises:
        FolderError: An `.imgsearchignore` on the way cannot be read.
    """
    if not reaches(folder, path, hidden=hidden):
        return None
    at, start = folder, len(folder.rstrip(_SEPARATOR)) + 1
    ends = [end for end in range(start, len(path)) if path[end : end + 1] == _SEPARATOR]
    for end in (*ends, len(path)):
        if os.path.lexists(join(at, IGNORE_FILE)):
            rules = rules.read(at)
        at = path[:end]
        if _is_left_out(at, rules, folder=True):
            return None
    return rules


def look_in(folder: bytes, names: Set[bytes], rules: Rules, *, hidden: bool) -> Iterator[Entry]:
    """What a walk with these rules comes by in a folder, of some names alone.

    Raises:
        FolderError: The folder's `.imgsearchignore` cannot be read.
    """
    listed = _list(folder, rules, hidden=hidden)
    if isinstance(listed, Skipped):
        yield from (Skipped(join(folder, name), listed.reason) for name in sorted(names))
        return
    entries, rules = listed
    looked = (_look(entry, rules) for entry in entries if entry.name in names)
    yield from (outcome for outcome in looked if isinstance(outcome, Entry))


def walk(
    folder: bytes,
    selection: Selection = EVERYTHING,
    *,
    rules: Rules | None = None,
    apart: Set[bytes] = frozenset(),
) -> Iterator[Entry]:
    """Walks a folder and everything below it, in the order of names.

    Hidden files and folders (named with a leading dot) are passed over unless the selection takes them, and so is what
    it or an `.imgsearchignore` excludes, and the folders of other programs' thumbnails and bins, unless a pattern takes
    them in so many words (`!@eaDir/`). Links to files are followed, links to folders are not, so a walk always ends.
    Pipes, devices and sockets are no files.

    Args:
        folder: Absolute.
        selection: What to leave out.
        rules: That hold in the folder, in place of the selection's patterns.
        apart: Folders below it that are passed over.

    Raises:
        FolderError: A pattern to exclude is invalid, or an `.imgsearchignore` cannot be read.
    """
    rules = selection.start(folder) if rules is None else rules
    top = _list(folder, rules, hidden=selection.hidden)
    if isinstance(top, Skipped):
        yield top
        return
    # The folders from the top down to the present one: they may be nested deeper than Python may recurse.
    stack = [top]
    while stack:
        entries, rules = stack[-1]
        for entry in entries:
            outcome = _look(entry, rules)
            if isinstance(outcome, (FoundFile, Unread)):
                yield outcome
                continue
            if isinstance(outcome, os.DirEntry) and outcome.path in apart:
                continue
            below = _list(outcome.path, rules, hidden=selection.hidden) if isinstance(outcome, os.DirEntry) else outcome
            if isinstance(below, tuple):
                stack.append(below)
                break
            if below is not None:
                yield below
        else:
            stack.pop()


def _comes_by(folder: bytes, path: bytes) -> bool:
    """Whether the walk of a folder comes by a path unless a pattern says otherwise."""
    if not reaches(folder, path):
        return False
    start = len(folder.rstrip(_SEPARATOR)) + 1
    ends = [at for at in range(start, len(path)) if path[at : at + 1] == _SEPARATOR]
    return not any(is_cache(path[:end]) for end in (*ends, len(path)))


def _list(folder: bytes, rules: Rules, *, hidden: bool) -> tuple[Iterator[os.DirEntry[bytes]], Rules] | Skipped:
    """What is in a folder, in the order of names, and the rules that hold there."""
    try:
        with os.scandir(folder) as scan:
            by_name = {entry.name: entry for entry in scan}
    except OSError as error:
        return _unlisted(folder, error)
    if IGNORE_FILE in by_name:
        rules = rules.read(folder)
    return iter([by_name[name] for name in sorted(by_name) if hidden or name[0] != _DOT]), rules


def _look(entry: os.DirEntry[bytes], rules: Rules) -> FoundFile | Skipped | Unread | os.DirEntry[bytes] | None:
    """The file to read that an entry is, the entry itself if it is a folder, or nothing."""
    try:
        folder = entry.is_dir(follow_symlinks=False)
    except OSError as error:
        return _unlisted(entry.path, error)
    ending = b"" if folder else entry.name[entry.name.rfind(b".") :].lower()
    kind, unread = _KINDS.get(ending), ending in _UNREAD
    if not (folder or unread or kind):
        return None
    if _is_left_out(entry.path, rules, folder=folder):
        return None
    if unread:
        return Unread(entry.path)
    return _file(entry, kind) if kind else entry


def _is_left_out(path: bytes, rules: Rules, *, folder: bool) -> bool:
    excluded = rules.verdict(path, folder=folder) if rules.specs else None
    return bool(excluded) or (folder and excluded is None and is_cache(path))


def _unlisted(folder: bytes, error: OSError) -> Skipped:
    return Skipped(folder, f"the folder could not be listed ({error.strerror})")


def _file(entry: os.DirEntry[bytes], kind: Kind) -> FoundFile | Skipped | None:
    try:
        status = entry.stat()
    except OSError:
        try:
            # A link to nothing: it is set aside later, with its reason.
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Skipped(entry.path, f"its size and time could not be read ({error.strerror})")
    if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
        return FoundFile(entry.path, *file_stamp(status), kind)
    return None
