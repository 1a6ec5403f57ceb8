"""Brings folders into a library: mark what is there, scan what changed, sweep what is gone.

Threads hash and decode files ahead of the network, never further than a few batches, so that memory stays flat; the
network describes others while one is stored. Each batch is stored in one transaction: a kill at any moment
loses those in flight, and the next run does them again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from captioning.describer import Describer
from captioning.outputs import Description
from captioning.runtime.devices import CPU, available_cores
from index_data import catalogue
from index_data.errors import UnknownFolderError
from index_data.library import Library
from index_data.scan.decode import ReadableFile, UnreadableFile, read_file
from index_data.scan.events import Arrival, Event, FileSetAside, FilesListed, ModelNeeded, ScanFinished, ScanProgressed
from index_data.scan.plan import plan_scan
from index_data.scan.roots import UNCHANGED, Chosen, FolderChange, Scope, choose_files, choose_roots
from index_data.scan.walk import FoundFile, resolve_folders
from index_data.scan.writer import ScanWriter

Results = list[ReadableFile | UnreadableFile]

FIRST = 8
"""Files in the first batch; each batch is twice as large as the one before, up to the largest, so that a short scan
shows its progress and a long one is quick."""

READ_AHEAD = 3
"""Batches that may wait, decoded, for the network."""

DESCRIBED = 2
"""Batches that are described at once: when one has ended on one core, the next goes on there."""


def index_folders(
    library: Library,
    folders: Sequence[Path],
    describer: Describer,
    *,
    change: FolderChange = UNCHANGED,
    always_exclude: Sequence[str] = (),
    retry: bool = False,
    believe_empty: bool = False,
    batch: int = CPU.batch,
) -> Iterator[Event]:
    """Indexes folders and tells what happens; the work is done as the events are taken.

    The folders are remembered with what is to be left out there, which holds for later scans as well.

    Args:
        library: Open; no other process may be writing to it.
        folders: Photographs, with everything below them; without any, all that are remembered.
        describer: Asked only if there is a picture to describe.
        change: What to leave out from now on; photographs of the library that are left out are no longer shown.
        always_exclude: Patterns that are left out in every folder.
        retry: Try files again that were set aside, even if they have not changed.
        believe_empty: Take what an empty folder held for gone; else a drive may not be mounted, and it is kept.
        batch: Pictures described and stored together.

    Raises:
        FolderError: A folder is missing or may not be read; nothing was changed.
        UnknownFolderError: No folder is named, and none is known.
        PatternError: A pattern to exclude is invalid; nothing was changed.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
        LibraryDamagedError: The catalogue is no longer readable.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        VectorSearchError: FAISS, which the search indexes are made with, could not be loaded.
        IndexKindError: `IMGSEARCH_INDEX` names no kind of index; all that was described is stored.
    """
    roots = resolve_folders(folders)

    def choose(chosen: Chosen) -> Scope:
        if not (roots or chosen.by_path):
            raise UnknownFolderError("the library knows no folders yet; name some: imgsearch index FOLDER")
        return choose_roots(chosen, roots or sorted(chosen.by_path), change)

    yield from _scan(
        library,
        choose,
        describer,
        always_exclude=always_exclude,
        retry=retry,
        believe_empty=believe_empty,
        batch=batch,
    )


def retry_files(
    library: Library,
    paths: Sequence[bytes],
    describer: Describer,
    *,
    always_exclude: Sequence[str] = (),
    batch: int = CPU.batch,
) -> Iterator[Event]:
    """Looks again at files and folders that were set aside, and at no others; else it does as `index_folders`.

    What a chosen folder leaves out is no longer set aside, and stays out.

    Raises:
        FolderError: An `.imgsearchignore` cannot be read; nothing was changed.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
        LibraryDamagedError: The catalogue is no longer readable.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        VectorSearchError: FAISS, which the search indexes are made with, could not be loaded.
        IndexKindError: `IMGSEARCH_INDEX` names no kind of index; all that was described is stored.
    """
    yield from _scan(
        library,
        lambda chosen: choose_files(chosen, paths),
        describer,
        always_exclude=always_exclude,
        retry=True,
        believe_empty=False,
        batch=batch,
    )


def _scan(
    library: Library,
    choose: Callable[[Chosen], Scope],
    describer: Describer,
    *,
    always_exclude: Sequence[str],
    retry: bool,
    believe_empty: bool,
    batch: int,
) -> Iterator[Event]:
    with library.writing():
        with library.transaction() as session:
            scope = choose(Chosen(catalogue.folders(session), always=always_exclude))
            plan = plan_scan(session, scope, describer.identity.id, retry=retry, believe_empty=believe_empty)
        library.keep_text_encoder(describer)
        writer = ScanWriter(library, plan, describer)
        yield FilesListed(plan.files, len(plan.pending))
        for path, reason in [*plan.still_aside, *((skipped.path, skipped.reason) for skipped in plan.skipped)]:
            yield FileSetAside(path, reason)
        stored_files, described, looked = 0, 0, 0

        def read(file: FoundFile) -> ReadableFile | UnreadableFile:
            limit = scope.max_pixels(file.path)
            return read_file(file, side=describer.side, described=writer.is_described, max_pixels=limit)

        # Closed here, so that an abandoned scan stops its threads before it gives back the lock.
        with (
            closing(_read(plan.pending, read, batch=batch)) as batches,
            closing(_stored(batches, writer)) as stored,
        ):
            for stage in stored:
                if isinstance(stage, ModelNeeded):
                    yield stage
                    continue
                arrivals: tuple[Arrival, ...] = ()
                if isinstance(stage, int):
                    looked += stage
                else:
                    for result in stage.results:
                        if isinstance(result, UnreadableFile):
                            yield FileSetAside(result.file.path, result.reason)
                    stored_files += len(stage.results)
                    described += stage.described
                    arrivals = stage.arrivals
                yield ScanProgressed(stored_files + max(looked - described, 0), len(plan.pending), arrivals)
        emptied = writer.emptied()
        for path, reason in emptied.items():
            yield FileSetAside(path, reason)
        counts = writer.finish()
        library.save_caches(describer.identity)
        yield ScanFinished(counts, dict(plan.unread), tuple(emptied))


class _Stored(NamedTuple):
    """A batch that is stored; so many of its pictures were described for it."""

    results: Results
    arrivals: tuple[Arrival, ...]
    described: int


def _stored(batches: Iterator[Results], writer: ScanWriter) -> Generator[_Stored | ModelNeeded | int]:
    """Has the batches described and stored, and yields them, and meanwhile how many more pictures were looked at.

    The network never waits for a batch to be stored.
    """
    loaded = False
    underway: deque[tuple[Results, dict[bytes, ReadableFile], Future[dict[bytes, Description]]]] = deque()
    reports: SimpleQueue[int] = SimpleQueue()

    def first_stored() -> Iterator[_Stored | int]:
        results, pictures, said = underway.popleft()
        while not (said.done() and reports.empty()):
            if count := reports.get():
                yield count
        yield _Stored(results, writer.write(results, pictures, said.result()), len(pictures))

    threads = ThreadPoolExecutor(max_workers=DESCRIBED, thread_name_prefix="network")
    try:
        for results in batches:
            pictures = writer.undescribed(results)
            if pictures and not loaded:
                loaded = True
                yield ModelNeeded()
            underway.append((results, pictures, threads.submit(writer.describe, pictures, reports.put)))
            # Wakes who waits for it, also if it ends with an error.
            underway[-1][2].add_done_callback(lambda _: reports.put(0))
            if len(underway) > DESCRIBED:
                yield from first_stored()
        while underway:
            yield from first_stored()
    finally:
        threads.shutdown(cancel_futures=True)


def _read(
    files: Sequence[FoundFile], read: Callable[[FoundFile], ReadableFile | UnreadableFile], *, batch: int
) -> Generator[Results]:
    """Yields the files, read by threads, in batches and in their order."""
    todo, size = iter(files), min(FIRST, batch)
    underway: deque[Future[ReadableFile | UnreadableFile]] = deque()
    threads = ThreadPoolExecutor(max_workers=available_cores(), thread_name_prefix="decode")
    try:
        while True:
            wanted = READ_AHEAD * size - len(underway)
            underway.extend(threads.submit(read, file) for file in islice(todo, wanted))
            if not underway:
                return
            yield [underway.popleft().result() for _ in range(min(size, len(underway)))]
            size = min(2 * size, batch)
    finally:
        threads.shutdown(cancel_futures=True)
