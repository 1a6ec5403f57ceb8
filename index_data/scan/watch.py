"""Keeps a library up to date with its folders: whenever something changes in them, they are scanned again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Event as Signal

from captioning.describer import Describer
from captioning.runtime.devices import CPU
from index_data import catalogue
from index_data.errors import LibraryLockedError, UnknownFolderError
from index_data.library import Library
from index_data.scan.changes import bursts
from index_data.scan.events import Event
from index_data.scan.pipeline import index_folders
from index_data.scan.recordings import Recordings
from index_data.scan.roots import UNCHANGED, FolderChange
from index_data.scan.walk import is_folder, resolve_folders

RETRY_SECONDS = 5.0
"""How long to wait for another writer before trying again."""


def watch_folders(
    library: Library,
    folders: Sequence[Path],
    describer: Describer,
    *,
    change: FolderChange = UNCHANGED,
    always_exclude: Sequence[str] = (),
    batch: int = CPU.batch,
    stop: Signal | None = None,
    waiting: Callable[[LibraryLockedError], None] = lambda error: None,
    looking: Callable[[str], None] = lambda obstacle: None,
) -> Iterator[Event]:
    """Scans folders, then again after every burst of changes in them, until `stop` is set.

    What happened while nobody watched is found by the first scan. A photograph that is still being written is set aside
    as damaged or changing, and read again when it has grown; a film is read when it has not changed for a while.

    Args:
        library: Open; it is locked for writing only while a scan runs.
        folders: Photographs, with everything below them, which are remembered; without any, all that are.
        describer: Asked only if there is a picture to describe.
        change: What to leave out from now on.
        always_exclude: Patterns that are left out in every folder.
        batch: Pictures described and stored together.
        stop: Ends the watch.
        waiting: Told when another process is writing; the scan begins when that has finished.
        looking: Told why the system does not tell of changes, so that the folders are looked at every few seconds.

    Raises:
        FolderError: A folder is missing or may not be read.
        UnknownFolderError: No folder is named, and none is known.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
    """
    named = resolve_folders(folders) or [
        folder.path for folder in library.read(catalogue.folders) if is_folder(folder.path)
    ]
    if not named:
        raise UnknownFolderError("the library knows no folders yet; name some: imgsearch watch FOLDER")
    roots = [Path(os.fsdecode(root)) for root in named]
    stop = stop or Signal()
    recordings = Recordings()
    first = True
    # The watch begins before the scan, so that nothing falls between them; what it yields first is no change.
    for changed, deleted in bursts(roots, library.paths.folder, stop=stop, looking=looking):
        if changed or first or recordings.are_due():
            # Of a drive that goes away no file is told to be deleted.
            scan = partial(
                index_folders,
                library,
                roots,
                describer,
                change=change,
                always_exclude=always_exclude,
                batch=batch,
                believe_empty=deleted,
                complete=recordings.is_complete,
            )
            yield from _scan(scan, stop, waiting)
            first = False


def _scan(
    scan: Callable[[], Iterator[Event]],
    stop: Signal,
    waiting: Callable[[LibraryLockedError], None],
) -> Iterator[Event]:
    while not stop.is_set():
        try:
            yield from scan()
        except LibraryLockedError as error:
            waiting(error)
            stop.wait(RETRY_SECONDS)
        else:
            return
