"""Tells when something changes in folders: as the system tells it, or where that is not to be had, by looking."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event as Signal

from watchfiles import Change, watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from captioning.images import IMAGE_SUFFIXES, RAW_SUFFIXES
from captioning.videos.formats import VIDEO_SUFFIXES
from index_data.file_stamp import file_stamp
from index_data.scan.ignore import IGNORE_FILE

QUIET_MS = 1500
"""A burst of changes is over when nothing happened for this long."""

LONGEST_BURST_MS = 30_000
"""A burst that never ends is taken up after this long."""

LOOK_EVERY = 10.0
"""Seconds between two looks at folders of whose changes the system does not tell."""

_SUFFIXES = IMAGE_SUFFIXES | RAW_SUFFIXES | VIDEO_SUFFIXES

_IN_ATTRIB = 4
"""What the probe watches for; it never waits for it."""


def bursts(
    roots: Sequence[Path],
    library: Path,
    *,
    stop: Signal,
    looking: Callable[[str], None],
) -> Iterator[tuple[bool, bool]]:
    """Yields whether something changed, and whether something was deleted, after every burst of changes or a second.

    Args:
        roots: Folders, with everything below them.
        library: What changes in this folder is passed over.
        stop: Ends it.
        looking: Told why the folders are looked at every `LOOK_EVERY` seconds instead.
    """
    concerns = _concerns_pictures(library)
    obstacle = _obstacle(roots)
    if not obstacle:
        try:
            for burst in watch(
                *roots,
                watch_filter=concerns,
                debounce=LONGEST_BURST_MS,
                step=QUIET_MS,
                stop_event=stop,
                yield_on_timeout=True,
                rust_timeout=1000,
                raise_interrupt=True,
                ignore_permission_denied=True,
            ):
                yield bool(burst), any(change is Change.deleted for change, _ in burst)
        except (OSError, UnicodeError, WatchfilesRustInternalError) as error:
            obstacle = str(error)
        else:
            return
    looking(obstacle)
    former: object = None
    while not stop.is_set():
        present = _look(roots, concerns)
        yield present != former, False
        former = present
        stop.wait(LOOK_EVERY)


def _look(roots: Sequence[Path], concerns: Callable[[Change, str], bool]) -> frozenset[tuple[str, int, int]]:
    """The files that may concern a scan, each with what tells whether it changed."""
    files = []
    for root in roots:
        for folder, _, names in os.walk(root):
            for path in (Path(folder, name) for name in names):
                if concerns(Change.modified, str(path)):
                    with suppress(OSError):
                        files.append((str(path), *file_stamp(path.stat())))
    return frozenset(files)


def _obstacle(roots: Sequence[Path]) -> str:
    """Why the system would not tell of changes in all the folders, or nothing: what watches them may not say so."""
    if sys.platform != "linux":
        return ""
    library = ctypes.CDLL(None, use_errno=True)
    handle = library.inotify_init1(os.O_CLOEXEC)
    if handle < 0:
        return _reason(ctypes.get_errno())
    try:
        for root in roots:
            for folder, _, _ in os.walk(os.fsencode(root)):
                code = library.inotify_add_watch(handle, folder, _IN_ATTRIB)
                if code < 0 and ctypes.get_errno() in (errno.ENOSPC, errno.ENOMEM):
                    return _reason(ctypes.get_errno())
    finally:
        os.close(handle)
    return ""


def _reason(number: int) -> str:
    if number in (errno.EMFILE, errno.ENOSPC):
        return "the system's limit on inotify is reached, see fs.inotify in sysctl"
    return os.strerror(number)


def _concerns_pictures(library: Path) -> Callable[[Change, str], bool]:
    """Tells whether a change may concern a scan: of a picture, of a folder, or of something that is gone."""

    def concerns(change: Change, path: str) -> bool:
        name = Path(path)
        if name.is_relative_to(library):
            return False
        return name.suffix.lower() in _SUFFIXES or name.name == os.fsdecode(IGNORE_FILE) or not name.is_file()

    return concerns
