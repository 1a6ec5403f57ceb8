"""Which duplicates of photographs can be removed without losing one, by what lies on the disk now."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index_data import catalogue
from index_data.duplicates import DuplicateGroup
from index_data.library import Library
from index_data.scan.decode import hash_file


@dataclass(frozen=True, slots=True)
class CopyChecked:
    """A copy of a photograph that is kept elsewhere.

    Attributes:
        path: Where it lies.
        obstacle: Why it must not be removed; empty if it can be.
        stale: Whether the library no longer knows the file as it is.
    """

    path: bytes
    obstacle: str = ""
    stale: bool = False


def check_copies(library: Library, groups: Sequence[DuplicateGroup]) -> Iterator[CopyChecked]:
    """Reads groups of duplicates from the disk and tells of all but the first file of each whether it can go.

    The first file is kept, so that it must be there and have its content still. Links are never removed and never
    kept in place of a file, and a file that a link of its group leads to stays.

    Args:
        library: Open.
        groups: As `exact_duplicates` and `near_duplicates` give them, or with the file to keep before the others.
    """
    for group in groups:
        with library.transaction() as session:
            facts, images = catalogue.contents(session, group.images), catalogue.images_at(session, group.paths)
        contents = {path: facts[image][0] for path, image in images.items() if image in facts}
        yield from _check(group.paths, contents)


def _check(paths: Sequence[bytes], contents: Mapping[bytes, bytes]) -> Iterator[CopyChecked]:
    links = {path for path in paths if _is_link(path)}
    linked = {_file(path) for path in links}
    files = [path for path in paths if path not in links]
    for path in links:
        yield CopyChecked(path, "it is a link")
    if not files:
        return
    kept, *copies = files
    if reason := _staleness(kept, contents.get(kept)):
        for path in copies:
            yield CopyChecked(path, f"the file that would be kept, {os.fsdecode(kept)}, {reason}", stale=True)
        return
    seen = {_file(kept)}
    for path in copies:
        file = _file(path)
        if reason := _staleness(path, contents.get(path)):
            yield CopyChecked(path, f"it {reason}", stale=True)
        elif file in seen:
            yield CopyChecked(path, "it is the same file by another path")
        elif file in linked:
            yield CopyChecked(path, "a link leads to it")
        else:
            yield CopyChecked(path)
        seen.add(file)


def _is_link(path: bytes) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False


def _file(path: bytes) -> tuple[int, int] | None:
    """The device and the number of a file on it, which tell that two paths are one file."""
    try:
        status = os.stat(path)  # noqa: PTH116 - paths are bytes
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _staleness(path: bytes, content: bytes | None) -> str:
    """What is wrong with a file that should have this content; empty if nothing is."""
    if content is None:
        return "is no longer in the library"
    try:
        return "" if hash_file(path)[1] == content else "has changed since it was indexed"
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
